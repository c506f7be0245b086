"""Losses that torch does not have, one a file. Plain PyTorch: a script shows them word for word."""
