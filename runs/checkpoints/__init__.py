"""Checkpoints: the saved states of runs on disk. Knows no thread and no database."""
