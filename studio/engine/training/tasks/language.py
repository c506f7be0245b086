"""Which token comes next in a text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import torch
from torch import Tensor

from studio.engine.training.generating import generate
from studio.engine.training.state import Training
from studio.engine.training.tasks.task import Judged, Task
from studio.spec.events import Pictured
from studio.zoo.text import decode

_PROMPT = 16
_WRITTEN = 200
_TEMPERATURE = 0.8
_MOST = 24


class Language(Task):
    """Draws what the model writes from the same beginning, with the same random numbers, as it learns."""

    def pictures(self, run: Training, judged: Judged) -> Iterator[Pictured]:
        tokens, kind = run.samples.input.tokens, run.samples.input.token_kind
        begun = _beginning(run.samples.test_x, tokens)
        generator = torch.Generator().manual_seed(run.spec.training.seed)
        written = generate(run.judged_model, begun, run.samples.test_x.shape[1], _TEMPERATURE, generator)
        text = decode(torch.tensor(list(islice(written, _WRITTEN))), tokens, kind)
        sample = {"step": run.step, "epoch": run.epoch, "bits": judged.measures["bits/test"], "text": text}
        run.extra["samples"] = _thinned([*run.extra.get("samples", []), sample])
        yield Pictured("written", {"prompt": decode(begun, tokens, kind), "samples": list(run.extra["samples"])})


def _beginning(texts: Tensor, tokens: tuple[str, ...]) -> Tensor:
    """The first words after the first line end of the test texts (N, L), or of the first text."""
    flat = texts.flatten()
    ends = (flat == tokens.index("\n")).nonzero() if "\n" in tokens else flat[:0]
    start = int(ends[0]) + 1 if len(ends) else 0
    return flat[start : start + _PROMPT] if start + _PROMPT <= len(flat) else flat[:_PROMPT]


def _thinned(samples: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The same, or, where they have become many, every second one and the last."""
    return samples if len(samples) <= _MOST else [*samples[:-1:2], samples[-1]]
