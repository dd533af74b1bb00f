"""A stack on a Kubernetes cluster: access, applying, waiting, and what game days need there.

Built on the official package's async client for access (kubeconfig, exec plugins, tokens, TLS) and
transport. Objects stay plain mappings: what is applied is exactly what a manifest says, and nothing
that a generated model does not know gets lost.
"""
