"""Runs in the database. The only part of the program that talks SQL; knows no thread and no browser."""
