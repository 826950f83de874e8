"""The API's write side, and single posts and comments as the database has them now."""
