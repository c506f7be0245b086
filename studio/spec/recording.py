"""What was recorded of a snippet: its tensors, operations, graph, backward steps and output.

Plain data only, so that it travels from the process that ran the snippet to the window, and prints
as JSON. Everything refers to everything else by index: operation 3 has `index` 3, and so on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from studio.spec.events import Event

Number = bool | int | float | str
NodeKind = Literal["leaf", "data", "operation", "result"]
Phase = Literal["forward", "backward", "update"]
Part = Literal["forward", "update"]


@dataclass(frozen=True)
class SnippetRequest:
    """A snippet to run and record.

    `file` names it in messages; `folder` is where its imports and relative files are looked for
    ("": nowhere). `seconds` is wall-clock time, `output_bytes` what is kept of each output stream,
    `operations` how many operations are recorded before the rest only runs.
    """

    text: str
    file: str = "snippet.py"
    folder: str = ""
    seconds: float = 30.0
    output_bytes: int = 1_000_000
    operations: int = 20_000


@dataclass(frozen=True)
class Statistics:
    """What is kept of a tensor with too many elements to keep them all; of its finite elements.

    Of more than about 8,000 elements, mean and deviation are those of every n-th.
    """

    minimum: float
    maximum: float
    mean: float
    standard_deviation: float
    nans: int
    infinities: int


@dataclass(frozen=True)
class TensorPicture:
    """A tensor as it was at one moment.

    `numbers` are its elements row by row, or None where there are too many; then `statistics` says
    what is known of them.
    """

    shape: tuple[int, ...]
    dtype: str
    numbers: tuple[Number, ...] | None
    statistics: Statistics | None = None

    @property
    def scalar(self) -> float | None:
        """The value of a tensor of one number, else None."""
        if self.numbers is None or len(self.numbers) != 1 or isinstance(self.numbers[0], str):
            return None
        return float(self.numbers[0])

    @property
    def shape_text(self) -> str:
        """The shape as people write it: ``3×4``, ``3 numbers`` or ``scalar``."""
        if len(self.shape) == 1:
            return f"{self.shape[0]} number{'' if self.shape[0] == 1 else 's'}"
        return "×".join(str(length) for length in self.shape) or "scalar"

    def brief(self, room: int = 12) -> str:
        """The value where there is little room: the plain number, the row of numbers, or the shape."""
        if self.scalar is not None:
            return number_text(self.scalar, 5)
        text = self.text(room)
        return text if len(text) <= room else self.shape_text

    def text(self, room: int = 24) -> str:
        """The value in at most about `room` characters: the numbers, or shape and range."""
        if self.numbers is not None:
            if not self.shape:
                return number_text(self.numbers[0])
            whole = _rows([number_text(number, 4) for number in self.numbers], self.shape)
            if len(whole) <= room:
                return whole
        extent = self.extent
        if extent is None:
            return self.shape_text
        if extent[0] == extent[1]:
            return f"{self.shape_text}: all {number_text(extent[0], 3)}"
        return f"{self.shape_text}: {number_text(extent[0], 3)} … {number_text(extent[1], 3)}"

    @property
    def extent(self) -> tuple[float, float] | None:
        """The smallest and the largest finite element, where there is one."""
        if self.numbers is not None:
            finite = [float(number) for number in self.numbers if not isinstance(number, str)]
            finite = [number for number in finite if math.isfinite(number)]
            return (min(finite), max(finite)) if finite else None
        if self.statistics is None or math.isnan(self.statistics.minimum):
            return None
        return self.statistics.minimum, self.statistics.maximum


@dataclass(frozen=True)
class RecordedValue:
    """A tensor that an operation took or gave. An in-place change makes a new value of the tensor."""

    index: int
    name: str
    picture: TensorPicture
    requires_grad: bool


@dataclass(frozen=True)
class Place:
    """Where in the snippet: lines and columns count from 1, the end column is the one after the last."""

    line: int
    column: int
    end_line: int
    end_column: int


@dataclass(frozen=True)
class RecordedOperation:
    """One call of PyTorch. `inputs` and `outputs` are values; `nodes` those that it left in the graph.

    `arguments` are texts of the positional arguments as a formula shows them (``x``, ``2``).
    """

    index: int
    name: str
    function: str
    place: Place | None
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]
    arguments: tuple[str, ...]
    nodes: tuple[int, ...]
    backward_pass: int
    part: Part
    in_place: bool


@dataclass(frozen=True)
class SavedTensor:
    """What a backward node keeps for later: its name there, and the variable's where it is known."""

    name: str
    variable: str
    picture: TensorPicture


@dataclass(frozen=True)
class GraphNode:
    """One card of the graph: a leaf, other data that went in, an operation with its backward node, or a result.

    `title` is short (``+``), `formula` may be longer (``x·y + y²``), `name` is the variable's or "".
    `derivatives` are lines such as ``∂(x·y)/∂x = y = 3``. `values` are the values that it gave, for a
    leaf the first one; a `Pass` says which value a leaf had in it.
    """

    index: int
    kind: NodeKind
    title: str
    formula: str
    name: str
    backward: str
    operation: int | None
    values: tuple[int, ...]
    saved: tuple[SavedTensor, ...]
    place: Place | None
    derivatives: tuple[str, ...]
    order: int


@dataclass(frozen=True)
class GraphEdge:
    """A value that flows from `source` to `target`; its gradient is number `slot` of what `target` sends."""

    source: int
    target: int
    slot: int


@dataclass(frozen=True)
class BackwardStep:
    """A backward node ran: the gradients that arrived, and those that it sent on (None: no gradient).

    For a leaf `before` and `after` are its `.grad` around the step.
    """

    index: int
    node: int
    backward_pass: int
    grad_in: tuple[TensorPicture | None, ...]
    grad_out: tuple[TensorPicture | None, ...]
    before: TensorPicture | None = None
    after: TensorPicture | None = None


@dataclass(frozen=True)
class Moment:
    """One position of the timeline and the sentence of what happens there.

    `nodes` are the cards that come to exist (forward) or the one that works (backward); `step` is the
    backward step, `operations` the calls.
    """

    phase: Phase
    nodes: tuple[int, ...]
    operations: tuple[int, ...]
    step: int | None
    place: Place | None
    label: str
    sentence: str


@dataclass(frozen=True)
class Pass:
    """One way forward and back: what ran up to a backward pass, that pass, and the update after it.

    The last one of a snippet may have no backward. `leaf_values` are pairs (node, value).
    """

    index: int
    nodes: tuple[int, ...]
    moments: tuple[Moment, ...]
    leaf_values: tuple[tuple[int, int], ...]
    has_backward: bool


@dataclass(frozen=True)
class RecordedLeaf:
    """A tensor that gradients are kept for, as it was at the end of the snippet.

    One is anonymous where no variable of the snippet named it; its name is ours.
    """

    name: str
    value: TensorPicture
    grad: TensorPicture | None
    node: int | None
    is_anonymous: bool = False


@dataclass(frozen=True)
class SnippetError:
    """Why a snippet ended early: the line, in plain words, and what helps. `name` is for tests and help."""

    name: str
    line: int | None
    what: str
    why: str = ""
    remedy: str = ""
    details: str = ""


@dataclass(frozen=True)
class Recording:
    """All that is known of one run of a snippet. `notes` are sentences that the user should read."""

    file: str
    values: tuple[RecordedValue, ...] = ()
    leaves: tuple[RecordedLeaf, ...] = ()
    operations: tuple[RecordedOperation, ...] = ()
    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[GraphEdge, ...] = ()
    backward: tuple[BackwardStep, ...] = ()
    passes: tuple[Pass, ...] = ()
    stdout: str = ""
    stderr: str = ""
    notes: tuple[str, ...] = field(default=())
    error: SnippetError | None = None
    seconds: float = 0.0

    @property
    def own_leaves(self) -> tuple[RecordedLeaf, ...]:
        """The leaves that the user wants to hear of: those with a name, and those with a gradient."""
        return tuple(leaf for leaf in self.leaves if not leaf.is_anonymous or leaf.grad is not None)


@dataclass(frozen=True)
class Recorded(Event):
    """The recording of a snippet is complete, up to where it ended."""

    recording: Recording


def number_text(number: Number, digits: int = 6) -> str:
    """A number with as many digits as it needs, at most `digits`: ``2``, ``0.1``, ``1.5e-07``."""
    if isinstance(number, bool | str):
        return str(number)
    if isinstance(number, int):
        return f"{number}".replace("-", "−")
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "∞" if number > 0 else "−∞"
    return f"{number:.{digits}g}".replace("-", "−")


def _rows(texts: list[str], shape: tuple[int, ...]) -> str:
    if not shape:
        return texts[0] if texts else ""
    if len(shape) == 1:
        return "[" + ", ".join(texts) + "]"
    size = math.prod(shape[1:])
    rows = [texts[start * size : (start + 1) * size] for start in range(shape[0])]
    return "[" + ", ".join(_rows(row, shape[1:]) for row in rows) + "]"
