"""What trials and benchmarks stand on: stacks, programs, runners, and the pages they write."""
