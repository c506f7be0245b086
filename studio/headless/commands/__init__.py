"""One file a sub-command; each has `add_arguments(parser)` and `run(arguments) -> int`."""
