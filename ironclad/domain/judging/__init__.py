"""From evidence to a verdict: every question has three answers, and the verdict weighs them."""
