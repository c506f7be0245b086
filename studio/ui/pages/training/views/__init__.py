"""Pictures of what a model does, one kind a file: each shows what the training job draws under its name."""
