"""Built-in data sets, one a file: a function that gives tensors, and what a window needs to know of them."""
