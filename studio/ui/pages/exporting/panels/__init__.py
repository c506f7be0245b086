"""The parts of the Export tab."""
