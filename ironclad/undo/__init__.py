"""Taking back faults that have no holder, and the proof that none is left."""
