"""What a game day saw, as values, and the statistics over it."""
