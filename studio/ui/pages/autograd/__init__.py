"""The Autograd tab: run a snippet, see its graph, and step through it forward and backward."""
