"""The cards of a graph, made from the notes of a run.

A call and the backward node that it left are one card. The accumulators of a leaf, which PyTorch
makes anew for every graph, are one card too.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from studio.engine.autograd.derivatives import Derivative, derivatives
from studio.engine.autograd.labels import LONGEST_FORMULA, node_title, operation_title
from studio.engine.autograd.raw import Notes, RawOperation
from studio.spec.recording import GraphEdge, GraphNode, number_text

_SHORT_NAME = 12
_UNKNOWN = "…"


@dataclass
class Cards:
    """The cards of the graph, which raw node, leaf and value each stands for, and which call made a value."""

    nodes: list[GraphNode] = field(default_factory=list)
    edges: list[GraphEdge] = field(default_factory=list)
    of_node: dict[int, int] = field(default_factory=dict)
    of_leaf: dict[int, int] = field(default_factory=dict)
    of_data: dict[int, int] = field(default_factory=dict)
    result_of: dict[int, int] = field(default_factory=dict)
    derivatives: dict[int, tuple[Derivative, ...]] = field(default_factory=dict)
    maker_of: dict[int, int] = field(default_factory=dict)


def cards_of(notes: Notes) -> Cards:
    """One card for each leaf, named data, operation and result; leaves need their names before."""
    cards = Cards()
    for index, operation in enumerate(notes.operations):
        for output in operation.outputs:
            cards.maker_of.setdefault(output, index)
    in_graph = {node.leaf for node in notes.nodes}
    values_of_leaf: dict[int, list[int]] = {}
    for index, value in enumerate(notes.values):
        if value.leaf is not None:
            values_of_leaf.setdefault(value.leaf, []).append(index)
    for leaf in range(len(notes.leaves)):
        if leaf not in in_graph:
            _add_leaf(cards, notes, leaf, values_of_leaf)
    for index, node in enumerate(notes.nodes):
        if node.leaf is not None:
            if node.leaf not in cards.of_leaf:
                _add_leaf(cards, notes, node.leaf, values_of_leaf)
            cards.of_node[index] = cards.of_leaf[node.leaf]
        else:
            _add_operation(cards, notes, index)
    _add_results(cards, notes)
    return cards


def _add_leaf(cards: Cards, notes: Notes, leaf: int, values_of_leaf: dict[int, list[int]]) -> None:
    values = tuple(values_of_leaf.get(leaf, ()))
    name = notes.leaves[leaf].name
    maker = cards.maker_of.get(values[0]) if values else None
    place = notes.operations[maker].place if maker is not None else None
    cards.of_leaf[leaf] = len(cards.nodes)
    cards.nodes.append(
        GraphNode(len(cards.nodes), "leaf", name, name, name, "AccumulateGrad", None, values, (), place, (), 1)
    )


def _add_operation(cards: Cards, notes: Notes, index: int) -> None:
    node = notes.nodes[index]
    operation = notes.operations[node.operation] if node.operation is not None else None
    formula = title = node_title(node.name)
    found: tuple[Derivative, ...] = ()
    texts: tuple[str, ...] = ()
    takes_gradient: list[bool] = []
    if operation is not None and index in _main_nodes(notes, operation):
        texts = argument_texts(notes, operation)
        takes_gradient = [_takes_gradient(notes, argument) for argument in operation.arguments]
        numbers = tuple(_argument_number(notes, argument) for argument in operation.arguments)
        title = operation_title(operation.name, texts, options=operation.options)
        texts = _full_texts(cards, notes, operation)
        formula = operation_title(operation.name, texts, LONGEST_FORMULA, operation.options)
        found = derivatives(operation.name, texts, numbers) if not operation.options else ()
        _add_data(cards, notes, operation)
    name = next((notes.values[value].name for value in node.values if notes.values[value].name), "")
    card = len(cards.nodes)
    cards.of_node[index] = card
    cards.derivatives[card] = found
    lines = [_derivative_line(formula, each, texts, takes_gradient) for each in found]
    cards.nodes.append(
        GraphNode(
            card,
            "operation",
            title,
            formula,
            name,
            node.name,
            node.operation,
            tuple(node.values),
            node.saved,
            node.place,
            tuple(line for line in lines if line),
            node.order,
        )
    )
    for slot, source in enumerate(node.edges):
        if source is not None:
            cards.edges.append(GraphEdge(cards.of_node[source], card, slot))
    if operation is not None and index in _main_nodes(notes, operation):
        for value in operation.inputs:
            if value in cards.of_data:
                cards.edges.append(GraphEdge(cards.of_data[value], card, -1))


def _main_nodes(notes: Notes, operation: RawOperation) -> set[int]:
    sources = {notes.values[value].source for value in operation.outputs}
    mains = {node for node in operation.nodes if node in sources}
    return mains or set(operation.nodes[-1:])


def _add_data(cards: Cards, notes: Notes, operation: RawOperation) -> None:
    """Cards for the named tensors without a gradient that an operation of the graph takes."""
    for index in operation.inputs:
        value = notes.values[index]
        if value.requires_grad or not value.name or index in cards.of_data:
            continue
        cards.of_data[index] = len(cards.nodes)
        cards.nodes.append(
            GraphNode(
                len(cards.nodes), "data", value.name, value.name, value.name, "", None, (index,), (), None, (), 1
            )
        )


def _add_results(cards: Cards, notes: Notes) -> None:
    """A card under each named tensor that a backward pass started from, or that nothing took."""
    taken = {source for node in notes.nodes for source in node.edges}
    starts = {node for _, node in notes.roots}
    for index, node in enumerate(notes.nodes):
        named = next((value for value in node.values if notes.values[value].name), None)
        if node.leaf is not None or named is None or (index in taken and index not in starts):
            continue
        name, card = notes.values[named].name, len(cards.nodes)
        cards.result_of[index] = card
        cards.nodes.append(
            GraphNode(card, "result", name, name, name, "", None, (named,), (), node.place, (), node.order)
        )
        cards.edges.append(GraphEdge(cards.of_node[index], card, 0))


def argument_texts(notes: Notes, operation: RawOperation) -> tuple[str, ...]:
    """How a formula shows the arguments of a call: names, numbers, "" for what has no short name."""
    texts = []
    for argument in operation.arguments:
        text = argument if isinstance(argument, str) else notes.values[argument].name
        texts.append(text if len(text) <= _SHORT_NAME else "")
    return tuple(texts)


def _argument_number(notes: Notes, argument: int | str) -> float | None:
    if isinstance(argument, int):
        return notes.values[argument].picture.scalar
    try:
        return float(argument.replace("−", "-"))
    except ValueError:
        return None


def _takes_gradient(notes: Notes, argument: int | str) -> bool:
    return isinstance(argument, int) and notes.values[argument].requires_grad


def _full_texts(cards: Cards, notes: Notes, operation: RawOperation) -> tuple[str, ...]:
    """Texts of the arguments; what has no name is shown by its own formula, or by a letter."""
    texts = []
    for position, text in enumerate(argument_texts(notes, operation)):
        argument = operation.arguments[position]
        full = text if text or isinstance(argument, str) else _formula_of(cards, notes, argument)
        texts.append(full if len(full) > 1 or full.isalnum() else _UNKNOWN)
    return tuple(texts)


def _formula_of(cards: Cards, notes: Notes, value: int) -> str:
    """The formula of a value without a name: of the card, or of the call outside the graph that made it."""
    source = notes.values[value].source
    if source is not None:
        return cards.nodes[cards.of_node[source]].formula
    if value not in cards.maker_of:
        return ""
    maker = notes.operations[cards.maker_of[value]]
    if maker.in_place:
        return ""
    return operation_title(maker.name, argument_texts(notes, maker), options=maker.options)


def _derivative_line(
    formula: str, derivative: Derivative, texts: tuple[str, ...], argument_is_tensor: list[bool]
) -> str:
    """``∂(x·y)/∂x = y = 3``; nothing for an argument that is a plain number or takes no gradient."""
    if not argument_is_tensor[derivative.argument]:
        return ""
    by = texts[derivative.argument]
    line = f"∂({formula})/∂{f'({by})' if not by.isidentifier() else by} = {derivative.formula}"
    text = number_text(derivative.value) if derivative.value is not None else ""
    return line if not text or text == derivative.formula else f"{line} = {text}"
