"""A state machine over the real cache, Redis and PostgreSQL: random stories against the contract.

`python -m tests.machine` runs long with a seed of its own; see `machine.py` for what may happen.
"""
