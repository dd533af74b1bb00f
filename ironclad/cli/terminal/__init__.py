"""What a terminal shows: text, bars, and how a command ends."""
