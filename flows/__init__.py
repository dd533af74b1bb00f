"""The story, in order."""
