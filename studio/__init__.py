"""PyTorch Studio: see, train, judge, export and run PyTorch models by clicking."""

__version__ = "0.1.0"
