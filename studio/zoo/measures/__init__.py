"""How good the answers to test data are, one kind of problem a file. Plain PyTorch, as scripts show it."""
