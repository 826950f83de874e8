"""Other caches, each used as its documentation says, with the same models and query."""
