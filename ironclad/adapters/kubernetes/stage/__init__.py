"""The stages of a stack on a cluster: applied, observed, taken away."""
