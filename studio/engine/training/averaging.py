"""Averages of the weights over the steps (ema) or the epochs (swa) of a run, by torch's own means."""

from __future__ import annotations

import torch
from torch import nn
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn, update_bn

from studio.engine.building import Samples
from studio.spec.options import TrainingSpec


class Average:
    """The averaged model of a run. It has weights of its own as soon as it `exists`."""

    def __init__(self, model: nn.Module, options: TrainingSpec) -> None:
        ema = get_ema_multi_avg_fn(options.average_decay) if options.average == "ema" else None  # type: ignore[no-untyped-call]
        self._averaged = AveragedModel(model, multi_avg_fn=ema)
        self._is_by_steps = options.average == "ema"
        self._first_epoch, self._batch_size = options.average_from, options.batch_size

    @property
    def model(self) -> nn.Module:
        """The model with the averaged weights; its state dict has the keys of the model that trains."""
        return self._averaged.module

    @property
    def exists(self) -> bool:
        """Whether any weights were averaged yet."""
        return self.count > 0

    @property
    def count(self) -> int:
        """How many sets of weights went into the average."""
        return int(self._averaged.n_averaged)

    @count.setter
    def count(self, count: int) -> None:
        self._averaged.n_averaged.fill_(count)

    def step_done(self, model: nn.Module, epoch: int) -> None:
        """Take the weights after a step of an epoch, counted from 0, if they are averaged by steps."""
        if self._is_by_steps and epoch >= self._first_epoch:
            self._averaged.update_parameters(model)

    def epoch_done(self, model: nn.Module, epoch: int, samples: Samples) -> None:
        """Take the weights after an epoch, if they are averaged by epochs.

        The statistics of batch norm layers belong to other weights than the averaged ones, so they are
        gathered anew, as https://docs.pytorch.org/docs/stable/optim.html#taking-care-of-batch-normalization says.
        """
        if not self._is_by_steps and epoch >= self._first_epoch:
            self._averaged.update_parameters(model)
            update_bn(torch.split(samples.train_x, self._batch_size), self._averaged)
