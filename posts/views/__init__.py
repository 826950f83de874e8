"""The pages on which signed-in users write. Each works without a script.

A refused form is shown again with everything that was typed: with 422 if it is not valid, with 429
if a limit is reached.
"""
