"""What attackers want, and do not get: one file a theme, one test a finding."""
