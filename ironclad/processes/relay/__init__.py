"""A small TCP relay between the service and its database, which can be cut for a while.

Standard library only, and nothing of the rest of the project: it starts in a moment and stays
small. A cut is a lease of its own, so it is never left behind.
"""
