"""The parts of the Autograd tab."""
