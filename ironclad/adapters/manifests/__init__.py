"""The objects of each stage: packaged YAML, patched by typed parameters; never pasted text."""
