"""What a game day needs of a cluster: lock, ledger, load and faults."""
