"""Preferences: one typed object, one sparse TOML file."""
