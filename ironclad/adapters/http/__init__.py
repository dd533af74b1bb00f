"""Replicas and the janitor over HTTP."""
