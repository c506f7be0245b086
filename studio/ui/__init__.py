"""Everything that is seen: shell, pages, widgets, theme."""
