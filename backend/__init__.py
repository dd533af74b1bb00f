"""The order service: what game days break, and what they measure. It stands alone."""

VERSION = "0.1.0"
