"""A fleet of workers over one Redis and one database, simulated: `python -m benchmarks.fleet`.

What a thousand workers ask for can't be measured on one machine, but it can be counted.
docs/scale.md says what it comes to.
"""
