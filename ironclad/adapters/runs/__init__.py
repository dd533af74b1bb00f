"""A run on disk: its evidence, its report, and the history of all runs."""
