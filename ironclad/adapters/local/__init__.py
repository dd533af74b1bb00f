"""The `local` platform: one machine, no cluster, every part a real one."""
