"""The training room: a loop that reads like its pseudocode, and what stands around it."""
