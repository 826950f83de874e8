"""A state machine over the real cache, Redis and PostgreSQL: random sequences, checked by the
contract.

`python -m tests.proofs.machine` runs more of them with a new seed. `machine.py` has the steps.
"""
