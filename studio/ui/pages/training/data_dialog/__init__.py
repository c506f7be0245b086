"""The dialog in which a user's own data become a specification."""
