"""Experiments and objectives as people write them."""
