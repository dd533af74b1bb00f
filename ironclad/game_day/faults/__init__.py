"""Faults: armed, renewed, confirmed and taken back."""
