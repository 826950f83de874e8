"""What a read of the feed costs, beside what it costs elsewhere: `python -m benchmarks --help`."""
