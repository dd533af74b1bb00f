"""The parts of the report, each made of the evidence."""
