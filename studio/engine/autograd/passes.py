"""Cuts a recording into passes, forward then backward then update, and tells each moment in a sentence."""

from __future__ import annotations

from studio.engine.autograd.cards import Cards
from studio.engine.autograd.explanation import (
    backward_sentence,
    forward_sentence,
    node_sentence,
    update_sentence,
)
from studio.engine.autograd.raw import Notes
from studio.spec.recording import GraphNode, Moment, Pass, Recording

_DECISIONS = ("__bool__",)


class PassMaker:
    """Makes the passes of one recording."""

    def __init__(self, notes: Notes, recording: Recording, cards: Cards) -> None:
        self._notes = notes
        self._recording = recording
        self._of_node = cards.of_node
        self._of_data = cards.of_data
        self._result_of = cards.result_of
        self._derivatives = cards.derivatives
        self._count = notes.passes
        has_more = any(node.backward_pass == notes.passes for node in notes.nodes)
        if has_more or (notes.passes == 0 and notes.operations):
            self._count += 1
        self._operations: list[list[int]] = [[] for _ in range(self._count + 1)]
        self._updates: list[list[int]] = [[] for _ in range(self._count + 1)]
        for index, operation in enumerate(notes.operations):
            if operation.part == "update" or self._changes_leaf(index):
                self._updates[max(operation.backward_pass - 1, 0)].append(index)
            elif not operation.runs_backward:
                self._operations[operation.backward_pass].append(index)
        self._raw_nodes: list[list[int]] = [[] for _ in range(self._count + 1)]
        for index, node in enumerate(notes.nodes):
            self._raw_nodes[node.backward_pass].append(index)
        self._steps: list[list[int]] = [[] for _ in range(self._count + 1)]
        for index, step in enumerate(notes.steps):
            self._steps[step.backward_pass].append(index)
        in_graph = set(self._of_node.values())
        self._unused_leaves = {leaf.node for leaf in recording.leaves if leaf.node is not None} - in_graph
        self._first_values = {
            node.values[0]: node.index for node in recording.nodes if node.kind in ("leaf", "data") and node.values
        }
        self._sent_to: dict[int, list[tuple[int, str]]] = {}
        for edge in recording.edges:
            if edge.slot >= 0:
                self._sent_to.setdefault(edge.target, []).append((edge.slot, self._title(edge.source)))

    def _changes_leaf(self, index: int) -> bool:
        """Whether a call changes a leaf in place after a backward pass, as an update written by hand does."""
        operation = self._notes.operations[index]
        changed = set(operation.outputs) - set(operation.inputs)
        changes_leaf = any(self._notes.values[value].leaf is not None for value in changed)
        return operation.in_place and operation.backward_pass > 0 and changes_leaf

    def passes(self) -> tuple[Pass, ...]:
        """All passes in the order in which they ran."""
        return tuple(self._pass(index) for index in range(self._count))

    def _pass(self, index: int) -> Pass:
        nodes = self._nodes_of(index)
        moments = [
            *self._forward(index, nodes),
            *(self._backward_moment(step) for step in self._steps[index]),
            *self._update(index),
        ]
        leaf_values = {}
        for operation in self._operations[index]:
            for value in self._notes.operations[operation].inputs:
                leaf = self._notes.values[value].leaf
                card = self._recording.leaves[leaf].node if leaf is not None else None
                if card is not None:
                    leaf_values[card] = value
        return Pass(
            index, tuple(sorted(nodes)), tuple(moments), tuple(leaf_values.items()), bool(self._steps[index])
        )

    def _nodes_of(self, index: int) -> set[int]:
        """What was made for this pass and what ran in it, with the leaves, data and results around."""
        raw = {*self._raw_nodes[index], *(self._notes.steps[step].node for step in self._steps[index])}
        raw |= {source for node in raw for source in self._notes.nodes[node].edges if source is not None}
        nodes = {self._of_node[node] for node in raw}
        nodes |= {self._result_of[node] for node in raw if node in self._result_of}
        calls = {self._notes.nodes[node].operation for node in raw} - {None}
        for call in calls:
            assert call is not None
            inputs = self._notes.operations[call].inputs
            nodes |= {self._of_data[value] for value in inputs if value in self._of_data}
        return nodes | self._unused_leaves

    def _forward(self, index: int, nodes: set[int]) -> list[Moment]:
        introduced: dict[int, int] = {}
        for call in self._operations[index]:
            for value in self._recording.operations[call].outputs:
                if self._first_values.get(value) in nodes:
                    introduced[value] = self._first_values[value]
        timed: list[tuple[float, Moment]] = []
        for call in self._operations[index]:
            moment = self._forward_moment(call, introduced, everything=not nodes)
            if moment is not None:
                timed.append((call, moment))
        for raw in self._raw_nodes[index]:
            made = self._notes.nodes[raw]
            if made.operation is None and made.leaf is None and made.order == 1:
                card = self._recording.nodes[self._of_node[raw]]
                timed.append((made.moment - 0.5, self._node_moment(card, raw)))
        return [moment for _, moment in sorted(timed, key=lambda pair: pair[0])]

    def _forward_moment(self, call: int, introduced: dict[int, int], everything: bool) -> Moment | None:
        operation = self._recording.operations[call]
        cards = [introduced.pop(value) for value in operation.outputs if value in introduced]
        cards += operation.nodes
        raw = self._notes.operations[call].nodes
        cards += [self._result_of[node] for node in raw if node in self._result_of]
        if not cards and not everything and operation.name not in _DECISIONS:
            return None
        found = [self._recording.nodes[card] for card in cards]
        sentence = forward_sentence(
            operation, [node for node in found if node.kind != "result"], self._recording.values
        )
        data = next((node for node in found if node.kind == "data"), None)
        if data is not None:
            text = self._recording.values[data.values[0]].picture.text()
            sentence = f"{data.name} = {text} is data: no gradient is kept for it."
        return Moment("forward", tuple(cards), (call,), None, operation.place, operation.name.strip("_"), sentence)

    def _node_moment(self, card: GraphNode, raw: int) -> Moment:
        cards = [card.index, *([self._result_of[raw]] if raw in self._result_of else [])]
        sentence = node_sentence(card, self._recording.values)
        return Moment("forward", tuple(cards), (), None, card.place, card.title, sentence)

    def _backward_moment(self, index: int) -> Moment:
        step = self._recording.backward[index]
        node = self._recording.nodes[step.node]
        sentence = backward_sentence(
            step, node, self._sent_to.get(node.index, []), self._derivatives.get(node.index, ())
        )
        label = "Accumulate" if node.kind == "leaf" else node.backward.rpartition("Backward")[0] or node.backward
        return Moment("backward", (node.index,), (), index, node.place, label, sentence)

    def _update(self, index: int) -> list[Moment]:
        calls = self._updates[index]
        changes = []
        for call in calls:
            operation = self._recording.operations[call]
            changed = set(operation.outputs) - set(operation.inputs)
            for new in sorted(changed):
                leaf = self._notes.values[new].leaf
                if leaf is None or self._recording.leaves[leaf].node is None:
                    continue
                before = [old for old in operation.inputs if self._notes.values[old].leaf == leaf]
                if before:
                    values = self._recording.values
                    name = self._recording.leaves[leaf].name
                    changes.append((name, values[before[-1]].picture, values[new].picture, leaf))
        if not changes:
            return []
        cards = {self._recording.leaves[leaf].node for *_, leaf in changes}
        first = self._recording.operations[calls[0]]
        sentence = update_sentence([(name, old, new) for name, old, new, _ in changes])
        nodes = tuple(sorted(card for card in cards if card is not None))
        return [Moment("update", nodes, tuple(calls), None, first.place, "step", sentence)]

    def _title(self, card: int) -> str:
        node = self._recording.nodes[card]
        return node.name if node.kind == "leaf" else node.title
