"""A feed of made-up people to look at and to try the site with. See `manage.py seed_demo`."""
