"""The Runs tab: what was trained, how it went, how runs differ."""
