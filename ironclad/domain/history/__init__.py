"""Runs that are over: their key figures, how they compare, and which experiments went stale."""
