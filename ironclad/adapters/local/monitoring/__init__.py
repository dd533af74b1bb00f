"""The stage `monitoring` on one machine."""
