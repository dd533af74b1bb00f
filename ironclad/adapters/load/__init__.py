"""The load generator as a child process."""
