"""Demo content: posts by fictional people, to try the site. See `manage.py seed_demo`."""
