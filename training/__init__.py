"""The warm-up-gated training loop, its configuration and its events. Knows no thread, clock, database or web."""
