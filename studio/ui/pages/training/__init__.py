"""The Train tab: choose, change and start a run, watch it, stop it, take it further."""
