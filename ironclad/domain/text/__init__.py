"""Values as text for people, and text from people as values."""
