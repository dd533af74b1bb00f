"""The pure core: values and answers. Standard library only; no clock, no I/O, no logging."""
