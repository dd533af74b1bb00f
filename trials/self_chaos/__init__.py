"""Faults in Ironclad itself: whatever of it breaks, the end is clear and no fault is left.

`make self-chaos` runs every case: on a real stack of its own, in parts over real sockets, and where
only a clock can do it in virtual time.
"""
