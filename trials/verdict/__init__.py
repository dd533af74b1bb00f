"""How far a verdict can be trusted: predictions beside measurements, and planted mistakes.

`make verdict-trials` runs them unattended, in an hour at most, and writes
docs/results/verdict-trials.md.
"""
