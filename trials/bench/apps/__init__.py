"""The services that are measured, ours and the peers', each a factory without arguments."""
