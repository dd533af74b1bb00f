"""The report as HTML, Markdown, JUnit and JSON."""
