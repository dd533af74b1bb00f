"""A file for each platform; `domain.stack.platforms` has a row that names it."""
