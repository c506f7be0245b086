"""The ordinary training step: forward, backward, a small step downhill."""

from __future__ import annotations

from torch import Tensor

from studio.engine.training.state import Training


def take_step(run: Training, inputs: Tensor, targets: Tensor) -> Tensor:
    """One step downhill on one batch; returns its loss."""
    loss: Tensor = run.criterion(run.network(inputs), targets)
    run.optimizer.zero_grad()
    loss.backward()  # type: ignore[no-untyped-call]  # torch leaves it untyped
    run.optimizer.step()
    return loss
