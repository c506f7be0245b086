"""From a specification to a plain PyTorch script. Text only."""
