"""The report as a document for programs."""
