"""What an attacker wants, one test each: every finding of the audit, and what held."""
