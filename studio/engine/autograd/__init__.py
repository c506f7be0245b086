"""Runs a snippet of PyTorch and records what it does, forward and backward."""
