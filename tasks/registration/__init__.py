"""Deployments as declared, as registered, and as a person changed them."""
