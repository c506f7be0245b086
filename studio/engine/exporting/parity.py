"""How far a file is from the model it came from, and whether that is far enough to matter.

The rule: the largest difference is at most 1e-3 of the largest output and the top class never
changes; otherwise the difference is at most ten times what separates the model in float32 from
itself in float64, its own floor. A model that answers the same to everything proves nothing.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor
from torch.nn import functional

from studio.engine.exporting.subject import Runner, Subject, call, quiet
from studio.engine.models import OpenedModel
from studio.spec.errors import ErrorReport, UserError, report
from studio.spec.exports import Verdict
from studio.spec.model_input import InputSpec

TOLERANCE = 1e-3
FLOOR_FACTOR = 10.0
_LARGEST_FLOOR_TOLERANCE = 1e-2
_SHARE_OF_SPREAD = 0.05
_LEAST_SPREAD = 1e-6
_LEAST_PIXEL_AGREEMENT = 0.999
_MADE = 6
_MOST_REAL = 64
_MOST_VALUES = 16 * 3 * 224 * 224
_BATCH_SIZES = (1, 2, 7)
_MOST_IN_BATCH = 32


@dataclass(frozen=True)
class Samples:
    """Inputs (N, …) for the comparison: `real` ones of the model's data first, then made ones."""

    batch: Tensor
    real: int

    @property
    def made(self) -> int:
        """How many were made for want of real ones, or besides them."""
        return len(self.batch) - self.real


@dataclass(frozen=True)
class Reference:
    """What the model itself answers, batch by batch, and how exact that is.

    `floor` is the largest difference between float32 and float64 relative to the largest output,
    None where the model does not run in float64. `spread` is how much the outputs vary from sample
    to sample, in the same measure.
    """

    batches: tuple[Tensor, ...]
    outputs: tuple[tuple[Tensor, ...], ...]
    scale: float
    spread: float
    floor: float | None
    task: str

    @property
    def batch_sizes(self) -> tuple[int, ...]:
        """The different batch sizes, in ascending order."""
        return tuple(sorted({len(batch) for batch in self.batches}))


@dataclass(frozen=True)
class Comparison:
    """The verdict on a file and what it rests on; `reason` says why it is not good."""

    verdict: Verdict
    max_abs_diff: float | None = None
    max_rel_diff: float | None = None
    top1_agreement: float | None = None
    reason: ErrorReport | None = None


def make_samples(model: OpenedModel, seed: int = 0) -> Samples:
    """Real samples of the model's data where there are some, and smooth made ones besides.

    Noise is not used for images: on it some models are so ill-conditioned that every difference
    looks like a defect.
    """
    generator = torch.Generator().manual_seed(seed)
    spec = model.input
    most = max(4, min(_MOST_REAL, _MOST_VALUES // max(1, _numel(spec.shape))))
    real = _picked(model.samples, most)
    count = _MADE if real is not None else max(_MADE, min(10, most))
    made = _images(spec, count, generator) if spec.kind == "image" else _rows(spec, count, generator, real)
    batch = made if real is None else torch.cat([real.to(made.dtype), made])
    return Samples(batch.contiguous(), 0 if real is None else len(real))


def reference(subject: Subject, samples: Samples) -> Reference:
    """Run the model itself on the samples, in batches of different sizes."""
    # Real and made samples alternate, so that small batches hold both.
    order = torch.randperm(len(samples.batch), generator=torch.Generator().manual_seed(1))
    sizes = _sizes(len(order)) if subject.dynamic_batch else [1] * len(order)
    batches = tuple(samples.batch[part] for part in torch.split(order, sizes))
    with torch.no_grad():
        outputs = tuple(subject.run(batch) for batch in batches)
    scale = max((_largest(one) for row in outputs for one in row), default=0.0)
    found = Reference(batches, outputs, scale, _spread(outputs), None, subject.task)
    return replace(found, floor=_own_floor(subject, found))


def compare(found: Reference, runner: Runner, *, same_weights: bool = False) -> Comparison:
    """Run a loaded file on the samples and judge it.

    Args:
        found: what the model itself answers.
        runner: the file.
        same_weights: whether every weight is known to be the same bit for bit, which is a proof
            even where the outputs tell nothing.
    """
    with torch.no_grad(), quiet():
        theirs = [runner(batch) for batch in found.batches]
    if reason := proves_nothing(found):
        return Comparison("equal") if same_weights else Comparison("failed", reason=report(reason))
    shape = _other_shape(found, theirs)
    if shape:
        return Comparison("not equal", reason=shape)
    difference = _difference(found, theirs)
    if not difference < float("inf"):
        return Comparison("not equal", reason=_not_equal("The file gives values that are not numbers.", ""))
    top1 = _top1_agreement(found, theirs)
    relative = difference / found.scale if found.scale else difference
    measured = Comparison("equal", difference, relative, top1)
    if difference == 0:
        return measured
    if _is_within(found, relative, top1):
        return replace(measured, verdict="equal within tolerance")
    return replace(measured, verdict="not equal", reason=_explained(found, relative, top1))


def _is_within(found: Reference, relative: float, top1: float | None) -> bool:
    # Where answers hardly vary, a file that ignores its input would pass a bound on their size alone.
    close = relative <= min(TOLERANCE, _SHARE_OF_SPREAD * found.spread / max(found.scale, 1e-30))
    least = _LEAST_PIXEL_AGREEMENT if found.task == "segment" else 1.0
    if close and (top1 is None or top1 >= least):
        return True
    bound = min(FLOOR_FACTOR * (found.floor or 0.0), _LARGEST_FLOOR_TOLERANCE)
    return relative <= bound


def _explained(found: Reference, relative: float, top1: float | None) -> ErrorReport:
    if top1 is not None and top1 < 1 and relative <= TOLERANCE:
        return _not_equal(f"The top class agrees in {top1:.1%} of the samples only.", "")
    floor = "" if found.floor is None else f" The model's own floor is {found.floor:.1e}."
    return _not_equal(f"The outputs differ by up to {relative:.1e} of the largest one.{floor}", "")


def _not_equal(why: str, remedy: str) -> ErrorReport:
    return ErrorReport(
        "The file does not answer as the model does, so it was not kept.",
        why,
        remedy or "Try another format, or a fixed batch size.",
        name="export.not_equal",
    )


def proves_nothing(found: Reference) -> UserError | None:
    """Why no file of this model could be told from a wrong one; None where it can."""
    values = [one for row in found.outputs for one in row]
    if not any(one.numel() for one in values):
        why, remedy = "It returned nothing for any of the samples.", "Train it first, or export its weights."
    elif not all(bool(torch.isfinite(one).all()) for one in values if one.is_floating_point() or one.is_complex()):
        why, remedy = "Its outputs hold values that are not numbers.", "Export an earlier checkpoint."
    elif found.spread <= _LEAST_SPREAD * found.scale:
        why, remedy = "It answers the same for every sample.", "Train it first, or export its weights."
    else:
        return None
    return UserError("export.cannot_be_proven", "Nothing can be proven about this model.", why, remedy)


def _other_shape(found: Reference, theirs: Sequence[tuple[Tensor, ...]]) -> ErrorReport | None:
    for ours, other in zip(found.outputs, theirs, strict=True):
        shapes, others = [tuple(one.shape) for one in ours], [tuple(one.shape) for one in other]
        if [one.is_complex() for one in ours] != [one.is_complex() for one in other]:
            return _not_equal("Of the model and the file only one returns complex numbers.", "")
        if shapes != others:
            return _not_equal(f"The model returns the shapes {shapes}, the file {others}.", "")
    return None


def _difference(found: Reference, theirs: Sequence[tuple[Tensor, ...]]) -> float:
    largest = 0.0
    for ours, other in zip(found.outputs, theirs, strict=True):
        for one, two in zip(ours, other, strict=True):
            if one.numel() and not torch.equal(one, two):
                gap = float((_real(one) - _real(two)).abs().max())
                largest = max(largest, float("inf") if math.isnan(gap) else gap)
    return largest


def _top1_agreement(found: Reference, theirs: Sequence[tuple[Tensor, ...]]) -> float | None:
    if found.task not in ("classify", "segment"):
        return None
    same = total = 0
    for ours, other in zip(found.outputs, theirs, strict=True):
        if ours[0].ndim < 2 or ours[0].shape[1] < 2:
            return None
        agree = ours[0].argmax(1) == other[0].argmax(1)
        same, total = same + int(agree.sum()), total + agree.numel()
    return same / total if total else None


def _own_floor(subject: Subject, found: Reference) -> float | None:
    """The largest relative difference between the model in float32 and in float64."""
    # Boxes that change places between float32 and float64 say nothing about how exact they are.
    if found.task == "detect" or found.scale == 0 or any(not batch.is_floating_point() for batch in found.batches):
        return None
    try:
        double = copy.deepcopy(subject.module).double()
        with torch.no_grad():
            exact = [call(double, batch.double(), subject.task) for batch in found.batches]
    # A model that makes float32 tensors in its forward does not run in float64: it has no floor to show.
    except (RuntimeError, TypeError):
        return None
    floor = _difference(found, exact) / found.scale
    return floor if floor < float("inf") else None


def _largest(value: Tensor) -> float:
    return float(_real(value).abs().max()) if value.numel() else 0.0


def _real(value: Tensor) -> Tensor:
    """The numbers of a tensor in double precision; a complex one has two of them a value."""
    return torch.view_as_real(value.resolve_conj()).double() if value.is_complex() else value.double()


def _spread(outputs: Sequence[tuple[Tensor, ...]]) -> float:
    """The largest range over the samples of any single output value."""
    spread = 0.0
    for index in range(min((len(row) for row in outputs), default=0)):
        parts = [row[index] for row in outputs if row[index].ndim and row[index].numel()]
        if parts and len({tuple(part.shape[1:]) for part in parts}) == 1:
            values = _real(torch.cat(parts))
            spread = max(spread, float((values.amax(0) - values.amin(0)).max()))
    return spread


def _sizes(count: int) -> list[int]:
    sizes = []
    for size in _BATCH_SIZES:
        if count >= size:
            sizes.append(size)
            count -= size
    while count:
        sizes.append(min(count, _MOST_IN_BATCH))
        count -= sizes[-1]
    return sizes


def _picked(samples: Tensor | None, most: int) -> Tensor | None:
    """At most `most` of the samples, evenly spaced: data sets are often sorted by class."""
    if samples is None or not len(samples):
        return None
    where = torch.linspace(0, len(samples) - 1, min(most, len(samples))).round().long()
    return samples.detach().cpu()[where]


def _images(spec: InputSpec, count: int, generator: torch.Generator) -> Tensor:
    """Smooth pictures (N, C, H, W) of a few coarse blobs each, black and white last, normalized for the model."""
    channels, height, width = spec.shape
    coarse = torch.rand((count - 2, channels, 5, 5), generator=generator)
    smooth = functional.interpolate(coarse, size=(height, width), mode="bicubic", align_corners=False).clamp(0, 1)
    flat = torch.stack([torch.zeros(spec.shape), torch.ones(spec.shape)])
    pictures = torch.cat([smooth, flat]) * spec.scale
    mean = torch.tensor(spec.mean or (0.0,)).view(1, -1, 1, 1)
    std = torch.tensor(spec.std or (1.0,)).view(1, -1, 1, 1)
    return (pictures - mean) / std


def _rows(spec: InputSpec, count: int, generator: torch.Generator, real: Tensor | None) -> Tensor:
    """Rows (N, …) around the real ones where there are some, else of the standard normal distribution.

    Whole numbers stand for something, so that at each place they are no higher than the real ones there.
    """
    if not getattr(torch, spec.dtype).is_floating_point:
        high = real.amax(0) + 1 if real is not None else torch.tensor(2)
        return (torch.rand((count, *spec.shape), generator=generator) * high).floor().to(torch.int64)
    rows = torch.randn((count, *spec.shape), generator=generator)
    if real is None:
        return rows
    return rows * real.float().std(0, unbiased=False) + real.float().mean(0)


def _numel(shape: tuple[int, ...]) -> int:
    return int(torch.Size(shape).numel())
