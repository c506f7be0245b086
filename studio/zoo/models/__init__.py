"""Built-in models, one a file. Plain PyTorch: a script shows them word for word."""
