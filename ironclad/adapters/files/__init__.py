"""Files beside the stack: locks, the undo ledger, settings and the halt switch."""
