"""A game day step by step, over the ports alone; what it saw becomes evidence, judged elsewhere."""
