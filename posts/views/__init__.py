"""The forms by which signed-in people write: every one works without a script.

A refused form comes back as a page of its own with everything that was typed: 422 when something
is wrong with it, 429 when it came too soon after too many others.
"""
