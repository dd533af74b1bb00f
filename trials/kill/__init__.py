"""Ends game days in every way, at every step, and measures how long it takes until nothing is left.

`make kill-trials`, or `python -m trials.kill --trials 10`. It brings up a stack and a
Prefect server of its own in a temporary folder, and takes both down at its end.
"""
