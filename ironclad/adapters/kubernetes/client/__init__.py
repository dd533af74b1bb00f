"""Requests to one API server."""
