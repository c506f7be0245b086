"""The run folder, which is the truth, and the index over the folders, which only speeds up."""
