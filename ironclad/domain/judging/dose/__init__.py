"""Was each fault what was asked for?"""
