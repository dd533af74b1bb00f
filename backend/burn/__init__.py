"""What presses on a machine: a program of its own, so that it dies for certain.

Standard library only and started without site packages: it is up in 30 ms and small itself.
"""
