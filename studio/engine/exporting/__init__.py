"""From a model to files: one file a format, each proven against the model and measured."""
