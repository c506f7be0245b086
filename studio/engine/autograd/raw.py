"""Notes that the recorder takes while a snippet runs; `picture` makes the recording of them afterwards.

Nothing here refers to a tensor or a graph node, so the notes hold no memory of the snippet.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from studio.spec.recording import Part, Place, SavedTensor, TensorPicture


@dataclass
class RawValue:
    """A tensor at one of its versions. `source` is the graph node that it came from."""

    name: str
    picture: TensorPicture
    requires_grad: bool
    leaf: int | None
    source: int | None


@dataclass
class RawOperation:
    """A call. `arguments` holds value indices and texts of numbers in the order of the call.

    `options` are the arguments that change what is computed and are neither: ``alpha=2``.
    """

    name: str
    function: str
    place: Place | None
    part: Part
    backward_pass: int
    inputs: list[int] = field(default_factory=list)
    arguments: list[int | str] = field(default_factory=list)
    options: tuple[str, ...] = ()
    outputs: list[int] = field(default_factory=list)
    nodes: list[int] = field(default_factory=list)
    in_place: bool = False
    runs_backward: bool = False


@dataclass
class RawNode:
    """A backward node. `edges[i]` is the node that slot i sends its gradient to.

    `moment` is how many operations had begun when it was made.
    """

    name: str
    operation: int | None
    place: Place | None
    edges: tuple[int | None, ...]
    saved: tuple[SavedTensor, ...]
    leaf: int | None
    backward_pass: int
    order: int
    moment: int
    values: list[int] = field(default_factory=list)


@dataclass
class RawStep:
    """A backward node at work."""

    node: int
    backward_pass: int
    grad_in: tuple[TensorPicture | None, ...]
    grad_out: tuple[TensorPicture | None, ...] = ()
    before: TensorPicture | None = None
    after: TensorPicture | None = None


@dataclass
class RawLeaf:
    """A tensor that gradients are kept for: its newest value and gradient."""

    name: str
    value: TensorPicture | None = None
    grad: TensorPicture | None = None


@dataclass
class Notes:
    """Everything noted during one run; lists are indexed by what the records refer to.

    `roots` are pairs (pass, node) that a backward pass started from.
    """

    values: list[RawValue] = field(default_factory=list)
    operations: list[RawOperation] = field(default_factory=list)
    nodes: list[RawNode] = field(default_factory=list)
    steps: list[RawStep] = field(default_factory=list)
    leaves: list[RawLeaf] = field(default_factory=list)
    roots: list[tuple[int, int]] = field(default_factory=list)
    passes: int = 0
    is_full: bool = False
