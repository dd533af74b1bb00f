"""Container images, and where a cluster's nodes find them."""
