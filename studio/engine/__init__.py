"""All torch work, one room a tab. Nothing here knows of Qt."""
