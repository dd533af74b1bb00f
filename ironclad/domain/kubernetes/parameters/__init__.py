"""What may differ between two stacks on Kubernetes."""
