"""Evidence in, a report out: as a document for programs, as Markdown and as HTML for people."""
