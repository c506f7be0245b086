"""Words that the window, the engine and the command line share. No torch, no Qt."""
