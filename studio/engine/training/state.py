"""Everything that changes while a run trains: what a checkpoint has to hold."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from studio import __version__
from studio.catalog.shelf import entry
from studio.engine.building import (
    DTYPES,
    Samples,
    build_loss,
    build_model,
    build_optimizer,
    build_scheduler,
    embedded,
)
from studio.engine.seeding import random_states, restore_random_states, seed_everything
from studio.engine.training.augmenting import Augment, build_augment
from studio.spec.errors import UserError
from studio.spec.run import RunSpec


@dataclass
class Training:
    """A run in progress. `step` counts all steps done, `position` those of the present `epoch` (both from 0)."""

    spec: RunSpec
    device: torch.device
    samples: Samples
    model: nn.Module
    network: nn.Module
    """What the loop calls: the model, or what shares its gradients with other processes."""
    criterion: nn.Module
    optimizer: Optimizer
    scheduler: LRScheduler | None
    each_step: LRScheduler | None
    """The schedule, where it goes on with each step and not with each epoch."""
    steps_per_epoch: int
    epoch: int = 0
    position: int = 0
    step: int = 0
    seconds: float = 0.0
    metrics: dict[str, float] = field(default_factory=dict)
    best: dict[str, Any] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    processes: int = 1
    extra: dict[str, Any] = field(default_factory=dict)
    """What a task keeps from step to step, as tensors and plain data: games in progress, for example."""
    augment: Augment | None = None
    """What is done to each training image."""

    @staticmethod
    def start(spec: RunSpec, samples: Samples, device: torch.device, steps_per_epoch: int) -> Training:
        """A run before its first step; all its random numbers start from the seed here.

        Raises:
            UserError: an ingredient cannot be made with its values.
        """
        seed_everything(spec.training.seed)
        model = build_model(spec, samples.given).to(device)
        model.train()
        samples = embedded(spec, model, samples.to(device, DTYPES[spec.training.precision]))
        optimizer = build_optimizer(spec, model)
        scheduler = build_scheduler(spec, optimizer, steps_per_epoch * spec.training.epochs)
        tags = entry("scheduler", spec.scheduler.name).tags if spec.scheduler else ()
        return Training(
            spec,
            device,
            samples,
            model,
            network=model,
            criterion=build_loss(spec).to(device),
            optimizer=optimizer,
            scheduler=scheduler,
            each_step=scheduler if "each_step" in tags else None,
            steps_per_epoch=steps_per_epoch,
            augment=build_augment(spec.augment),
        )

    @property
    def steps(self) -> int:
        """How many steps the whole run takes."""
        return self.steps_per_epoch * self.spec.training.epochs

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next step."""
        return float(self.optimizer.param_groups[0]["lr"])

    def snapshot(self) -> dict[str, Any]:
        """The complete state, copied, so that training can go on while it is written."""
        return {
            "model": _copied(self.model.state_dict()),
            "optimizer": _copied(self.optimizer.state_dict()),
            "scheduler": _copied(self.scheduler.state_dict()) if self.scheduler else None,
            "random": random_states(self.device),
            "epoch": self.epoch,
            "position": self.position,
            "step": self.step,
            "seconds": self.seconds,
            "metrics": dict(self.metrics),
            "best": dict(self.best),
            "changes": [dict(change) for change in self.changes],
            "spec": self.spec.as_toml(),
            "extra": _copied(self.extra),
            "given": dict(self.samples.given),
            "input": self.samples.input.model_dump(mode="json"),
            "labels": list(self.samples.labels),
            "conditions": self.conditions(),
        }

    def restore(self, content: dict[str, Any]) -> None:
        """Put back a snapshot.

        Raises:
            UserError: ``checkpoint.unsuitable``: it is of another model or optimizer.
        """
        try:
            self.model.load_state_dict(content["model"])
            self.optimizer.load_state_dict(content["optimizer"])
            if self.scheduler is not None:
                self.scheduler.load_state_dict(content["scheduler"])
        except (RuntimeError, ValueError, KeyError, TypeError) as error:
            first = str(error).strip().splitlines()[0]
            raise UserError(
                "checkpoint.unsuitable",
                "The checkpoint does not fit the run's specification.",
                f"{first}",
                "The specification or the data set was changed after the run began; start a new run.",
            ) from error
        self.epoch, self.position, self.step = content["epoch"], content["position"], content["step"]
        self.seconds, self.metrics, self.best = content["seconds"], content["metrics"], content["best"]
        self.changes = list(content["changes"])
        self.extra = content.get("extra", {})
        restore_random_states(content["random"], self.device)

    def weights_are_finite(self) -> bool:
        """Whether no weight is NaN or infinite."""
        return all(
            bool(tensor.isfinite().all())
            for tensor in self.model.state_dict().values()
            if tensor.is_floating_point()
        )

    def conditions(self) -> dict[str, str]:
        """What has to be the same for a repeat with the same bits."""
        return {
            "torch": str(torch.__version__),
            "numpy": str(np.__version__),
            "python": platform.python_version(),
            "studio": __version__,
            "machine": platform.machine(),
            "device": self.device.type,
            "threads": str(torch.get_num_threads()),
            "processes": str(self.processes),
        }


def _copied(value: Any) -> Any:
    """A copy of nested plain data in which tensors are cloned on the CPU."""
    if isinstance(value, Tensor):
        return value.detach().to("cpu", copy=True)
    if isinstance(value, dict):
        return {key: _copied(part) for key, part in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_copied(part) for part in value)
    return value
