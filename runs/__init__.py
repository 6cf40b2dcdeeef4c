"""The life of a run: its events, its state, its storage and its thread. Knows training, but no web.

Where to begin reading:

- `controller` takes every command that changes a run. It asks `stage`, which holds the one run that lives, `continuing`
  for runs that do not begin at their first step, `history` for those that nobody trains, and `erasing`.
- `live_run` is the run that lives: the training thread, `standing` (its status), `between_steps` (what that thread does
  for others), `saver` (checkpoints), `changes` (for the next episode) and `evaluator` (a thread of its own).
- `bus` is the event path: stamps each event, has `keeper` store it, tells the listeners; `events` and `run` say what an
  event is and how a run follows from its events.
- `records` is all that can be read. `store` keeps it in the database, `checkpoints` on disk.
"""
