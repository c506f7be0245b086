"""Colours, type, icons and the style sheet; light, dark, or as the system says."""
