"""Ways to the database that cope badly with its failures."""
