"""Game days back to back: nothing grows, nothing is left over, no write is lost."""
