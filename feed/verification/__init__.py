"""Whether a running deployment keeps its promises, seen from outside. `manage.py verify_feed`."""
