"""A stack: its stages, its lock and undo entries, and what stops a game day on it."""
