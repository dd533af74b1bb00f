"""The small process beside a stack: sweeps lapsed undo entries, records what Alertmanager delivers."""
