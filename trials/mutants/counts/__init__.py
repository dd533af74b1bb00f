"""Indicators that count something else than what was answered."""
