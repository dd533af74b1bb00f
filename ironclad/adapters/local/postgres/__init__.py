"""The stage `postgres` on one machine, with the relay before it."""
