"""Claims as commands: what is measured, and what is broken on purpose to see it hold."""
