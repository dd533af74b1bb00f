"""Prefect's server and worker, and what is registered there."""
