"""The small process beside a stack: it sweeps lapsed undo entries and records deliveries."""
