"""After recovery: is each replica as it was in its own baseline?"""
