"""The panels of the Vision tab."""
