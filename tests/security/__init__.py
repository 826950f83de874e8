"""Attacks and their defence: each finding of the audit, and other attacks that failed."""
