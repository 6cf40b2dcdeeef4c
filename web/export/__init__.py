"""Takes a run away at full resolution: what can be taken, and the forms it comes in. Knows no page."""
