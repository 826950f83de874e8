"""Checks of a running deployment from outside, for `manage.py verify_feed`."""
