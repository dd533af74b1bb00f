"""Answers that are not the right ones."""
