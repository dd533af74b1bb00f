"""What a manifest must not do, asked offline: tests hold every shipped object to it."""
