"""What an experiment asks for, and the plan that is made of it."""
