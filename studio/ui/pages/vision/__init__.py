"""The Vision tab: images in, answers out."""
