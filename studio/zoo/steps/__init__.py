"""Training steps of problems for which ``criterion(model(x), y)`` is not enough; plain, as scripts show them."""
