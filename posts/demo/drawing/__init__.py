"""Pictures for a demo, drawn when they are needed: each a function of dice and a few choices.

The same dice draw the same picture. None of them comes from anywhere else.
"""
