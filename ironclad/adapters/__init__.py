"""The edges: one module per remote thing; its errors and payloads become ours here."""
