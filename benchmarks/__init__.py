"""Cost of a read of the feed, compared with other caches: `python -m benchmarks --help`."""
