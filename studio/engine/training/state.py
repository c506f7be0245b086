"""Everything that changes while a run trains: what a checkpoint has to hold."""

from __future__ import annotations

import platform
from dataclasses import dataclass, field
from functools import cached_property
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
    input_of,
)
from studio.engine.compiling import compiled
from studio.engine.parameter_groups import freeze
from studio.engine.seeding import random_states, restore_random_states, seed_everything
from studio.engine.training.augmenting import Augment, build_augment
from studio.engine.training.averaging import Average
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
    needs_closure: bool = False
    """Whether the optimizer goes through a batch several times, by a function that tells the loss."""
    scaler: torch.amp.GradScaler | None = None
    """Keeps gradients in the range of float16, where products are made in it."""
    average: Average | None = None
    epoch: int = 0
    position: int = 0
    step: int = 0
    seconds: float = 0.0
    metrics: dict[str, float] = field(default_factory=dict)
    best: dict[str, Any] = field(default_factory=dict)
    changes: list[dict[str, Any]] = field(default_factory=list)
    processes: int = 1
    skipped: int = 0
    """Steps that were left out because their gradients did not fit into float16."""
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
        options = spec.training
        seed_everything(options.seed)
        model = build_model(spec, samples.given).to(device)
        model.train()
        freeze(model, options.freeze)
        samples = embedded(spec, model, samples.to(device, DTYPES[options.precision]))
        optimizer = build_optimizer(spec, model)
        scheduler = build_scheduler(spec, optimizer, steps_per_epoch * options.epochs)
        tags = entry("scheduler", spec.scheduler.name).tags if spec.scheduler else ()
        return Training(
            spec,
            device,
            samples,
            model,
            network=compiled(model) if options.compile else model,
            criterion=build_loss(spec, samples).to(device),
            optimizer=optimizer,
            scheduler=scheduler,
            each_step=scheduler if "each_step" in tags else None,
            steps_per_epoch=steps_per_epoch,
            needs_closure="closure" in entry("optimizer", spec.optimizer.name).tags,
            scaler=torch.amp.GradScaler(device.type) if options.precision == "mixed-float16" else None,
            augment=build_augment(spec.augment),
            average=None if options.average == "none" else Average(model, options),
        )

    @property
    def judged_model(self) -> nn.Module:
        """The model that is measured, kept and exported: the averaged one as soon as there is one."""
        return self.average.model if self.average is not None and self.average.exists else self.model

    @cached_property
    def is_plain(self) -> bool:
        """Whether a step is no more than forward, backward and a step of the optimizer."""
        options = self.spec.training
        has_options = options.clip_norm or options.clip_value or options.is_mixed or options.accumulate > 1
        return not (has_options or self.needs_closure or self.average)

    @property
    def is_over(self) -> bool:
        """Whether there is no epoch left, or the test measure has not become better for too long."""
        options = self.spec.training
        return self.epoch >= options.epochs or (
            options.patience is not None and self.epoch - self.best.get("epoch", 0) >= options.patience
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
        averages = self.average is not None and self.average.exists
        return {
            "model": _copied(self.judged_model.state_dict()),
            # Where "model" is an average, these are the weights that go on learning.
            "learning": _copied(self.model.state_dict()) if averages else None,
            "averaged": self.average.count if self.average else 0,
            "scaler": self.scaler.state_dict() if self.scaler else None,
            "skipped": self.skipped,
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
            "input": input_of(self.model, self.samples).model_dump(mode="json"),
            "labels": list(self.samples.labels),
            "conditions": self.conditions(),
        }

    def restore(self, content: dict[str, Any]) -> None:
        """Put back a snapshot.

        Raises:
            UserError: ``checkpoint.unsuitable``: it is of another model or optimizer.
        """
        try:
            self.model.load_state_dict(content.get("learning") or content["model"])
            if self.average is not None:
                self.average.model.load_state_dict(content["model"])
                self.average.count = content.get("averaged", 0)
            if self.scaler is not None:
                self.scaler.load_state_dict(content["scaler"])
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
        self.skipped = content.get("skipped", 0)
        restore_random_states(content["random"], self.device)

    def weights_are_finite(self) -> bool:
        """Whether no weight is NaN or infinite."""
        return all(
            bool(tensor.isfinite().all())
            for model in {self.model, self.judged_model}
            for tensor in model.state_dict().values()
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
