"""Inference on images: reading them safely, asking a model, telling what it says."""
