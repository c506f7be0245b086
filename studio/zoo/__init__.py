"""The built-in ingredients: models, data sets, losses, optimizers, schedules, transforms."""
