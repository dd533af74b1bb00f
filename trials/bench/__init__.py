"""Ironclad beside named peers, in the same run."""
