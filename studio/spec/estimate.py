"""What a run will need, as far as a few steps on a copy of its model can tell."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Estimate:
    """Needs of a run; sizes in bytes.

    Args:
        parameters: numbers that are learnt.
        weights: the model, and its average where there is one.
        gradients: one for each number that is learnt.
        optimizer: what the optimizer remembers of the steps before.
        activations: what the forward pass of one batch keeps for the backward pass.
        data: all samples.
        checkpoint: one file with the complete state.
        disk: all checkpoints that are kept.
        free_memory: what the device has left.
        seconds_per_epoch: training and test.
        seconds: the whole run.
        fitting_batch_size: the batch size as specified where it fits into the memory, else the largest power of
            two that does; 0 where not even one sample fits.
    """

    parameters: int
    weights: int
    gradients: int
    optimizer: int
    activations: int
    data: int
    checkpoint: int
    disk: int
    free_memory: int
    seconds_per_epoch: float
    seconds: float
    fitting_batch_size: int

    @property
    def memory(self) -> int:
        """All that lies in the memory at the same time."""
        return self.weights + self.gradients + self.optimizer + self.activations + self.data

    def as_dict(self) -> dict[str, Any]:
        """Plain data, with the memory in all."""
        return {**asdict(self), "memory": self.memory}
