"""Names of ingredients and what they take, known without importing torch."""
