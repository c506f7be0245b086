"""The parts of the Train tab: choices, curves, meaning, verbs."""
