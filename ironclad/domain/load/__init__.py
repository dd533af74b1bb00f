"""The load: its order, the rows that it writes, and what they amount to."""
