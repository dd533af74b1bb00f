"""Before minute 0: resolve everything, and name every reason against at once."""
