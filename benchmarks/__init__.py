"""Claims as commands: `make bench` measures Ironclad beside named peers, in the same run."""
