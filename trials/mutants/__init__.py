"""The backend with one mistake each, to see whether a game day finds it.

Each module puts its mistake into the shipped backend's own classes and serves it:
`python -m trials.mutants.lost_write`. Nothing of this is in the shipped backend.
"""
