"""Replicas that leave without a word."""
