"""Makers and checks for this repository; in no wheel."""
