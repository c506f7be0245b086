"""The studio without a window: the command line."""
