"""The life of a run: its events, its state, its storage and its thread. Knows training, but no web."""
