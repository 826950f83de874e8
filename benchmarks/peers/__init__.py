"""How others do it: each as its own documentation says, over the same models and the same query."""
