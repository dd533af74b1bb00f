"""Programs on this machine: found, fetched, started and supervised."""
