"""What is observed beside the load: metrics, counters and the platform."""
