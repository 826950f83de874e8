"""Simulation of many workers with one Redis and one database: `python -m benchmarks.fleet`.

A thousand workers cannot be measured on one machine, but their commands can be counted. The results
are in docs/scale.md.
"""
