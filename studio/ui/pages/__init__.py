"""One folder a tab; pages never import each other."""
