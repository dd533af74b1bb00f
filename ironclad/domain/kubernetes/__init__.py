"""A stack in a cluster, as values: its parameters, its objects, what keeps it from being ready."""
