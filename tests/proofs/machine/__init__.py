"""A state machine over the real cache, Redis and PostgreSQL: random stories against the contract.

`python -m tests.proofs.machine` runs long with a new seed; see `machine.py` for what may happen.
"""
