"""What the graph shows at one position of the timeline. No Qt in here."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from studio.spec.recording import (
    BackwardStep,
    GraphEdge,
    GraphNode,
    Moment,
    Pass,
    Recording,
    TensorPicture,
)

NOTHING = "–"


@dataclass(frozen=True)
class CardState:
    """A card now: texts of value and gradient ("–" where there is none yet), and whether it exists yet."""

    value: str
    gradient: str
    exists: bool
    is_at_work: bool


@dataclass(frozen=True)
class EdgeState:
    """An edge at work: the phase gives its colour, the text is what flows along it."""

    phase: str
    text: str


class PassView:
    """One pass of a recording, looked at from any position of its timeline.

    Position p means that moment p has just happened.
    """

    def __init__(self, recording: Recording, number: int) -> None:
        self.recording = recording
        self.number = number
        self.pass_: Pass = recording.passes[number]
        self.nodes: list[GraphNode] = [recording.nodes[index] for index in self.pass_.nodes]
        inside = set(self.pass_.nodes)
        self.edges: list[GraphEdge] = [
            edge for edge in recording.edges if edge.source in inside and edge.target in inside
        ]
        self._leaf_values = dict(self.pass_.leaf_values)
        self._appears: dict[int, int] = {}
        self._steps: dict[int, tuple[int, BackwardStep]] = {}
        for position, moment in enumerate(self.pass_.moments):
            if moment.phase == "forward":
                for node in moment.nodes:
                    self._appears.setdefault(node, position)
            elif moment.step is not None:
                self._steps[moment.nodes[0]] = (position, recording.backward[moment.step])
        self._updates: dict[int, int] = {
            node: position
            for position, moment in enumerate(self.pass_.moments)
            if moment.phase == "update"
            for node in moment.nodes
        }

    @property
    def length(self) -> int:
        """How many positions the timeline has."""
        return len(self.pass_.moments)

    def moment(self, position: int) -> Moment | None:
        """The moment at a position, None where the timeline is empty."""
        return self.pass_.moments[position] if 0 <= position < self.length else None

    def card(self, node: GraphNode, position: int) -> CardState:
        """A card at a position."""
        moment = self.moment(position)
        exists = self._appears.get(node.index, -1) <= position
        value = self.value(node, position)
        gradient = self.gradient(node, position)
        return CardState(
            value.brief() if value is not None and exists else "",
            gradient.brief() if gradient is not None else NOTHING,
            exists,
            moment is not None and node.index in moment.nodes,
        )

    def value(self, node: GraphNode, position: int) -> TensorPicture | None:
        """The value of a card; of a leaf the one that it has at this position of this pass."""
        index = self._leaf_values.get(node.index, node.values[0] if node.values else None)
        if node.kind == "leaf" and self._updates.get(node.index, self.length) <= position:
            later = [value for value in node.values if index is not None and value > index]
            index = later[0] if later else index
        return self.recording.values[index].picture if index is not None else None

    def gradient(self, node: GraphNode, position: int) -> TensorPicture | None:
        """The gradient that has arrived at a card by this position; a leaf's is its ``.grad``."""
        if node.kind == "result":
            source = next((edge.source for edge in self.edges if edge.target == node.index), None)
            ran = self._steps.get(source) if source is not None else None
        else:
            ran = self._steps.get(node.index)
        if ran is None:
            return None
        at, step = ran
        if node.kind == "leaf":
            if position < at:
                return step.before
            return step.after or (step.grad_in[0] if step.grad_in else None)
        return step.grad_in[0] if position >= at and step.grad_in else None

    def step(self, node: GraphNode, position: int) -> BackwardStep | None:
        """The backward step of a card, once it has happened."""
        ran = self._steps.get(node.index)
        return ran[1] if ran is not None and ran[0] <= position else None

    def edges_at_work(self, position: int) -> Iterator[tuple[GraphEdge, EdgeState]]:
        """The edges along which something flows at this moment."""
        moment = self.moment(position)
        if moment is None or moment.phase == "update":
            return
        if moment.phase == "forward":
            inner = [node for node in moment.nodes if self.recording.nodes[node].kind == "operation"]
            for edge in self.edges:
                if edge.target in inner:
                    yield edge, EdgeState("forward", "")
            return
        assert moment.step is not None
        step = self.recording.backward[moment.step]
        is_leaf = self.recording.nodes[step.node].kind == "leaf"
        for edge in self.edges:
            if edge.target == step.node and 0 <= edge.slot < len(step.grad_out):
                sent = step.grad_out[edge.slot]
                if sent is not None:
                    yield edge, EdgeState("backward", sent.brief())
            elif is_leaf and edge.source == step.node:
                yield edge, EdgeState("backward", "")
