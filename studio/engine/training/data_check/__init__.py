"""A look at a user's data before training: what they are, and what is wrong with them."""
