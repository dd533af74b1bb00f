"""Ironclad: game days around a real service stack, planned, measured and taken back."""
