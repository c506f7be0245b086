"""Reading people's own files, shared by the data sets: plain code that a script gets word for word."""
