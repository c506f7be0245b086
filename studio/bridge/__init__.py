"""The only place where a thread or a child process is started for the window. QtCore only."""
