"""From the notes of a run to its recording."""

from __future__ import annotations

from dataclasses import replace

from studio.engine.autograd.cards import argument_texts, cards_of
from studio.engine.autograd.passes import PassMaker
from studio.engine.autograd.raw import Notes
from studio.spec.recording import (
    BackwardStep,
    RecordedLeaf,
    RecordedOperation,
    RecordedValue,
    Recording,
    TensorPicture,
)

# Of a leaf that was gone before anything used it.
_UNSEEN = TensorPicture((), "unknown", None)


def picture_of(notes: Notes, file: str) -> Recording:
    """The recording of what was noted; how the run ended is added by who ran it."""
    anonymous = _name_leaves(notes)
    values = tuple(
        RecordedValue(index, value.name, value.picture, value.requires_grad)
        for index, value in enumerate(notes.values)
    )
    cards = cards_of(notes)
    operations = tuple(
        RecordedOperation(
            index=index,
            name=operation.name,
            function=operation.function,
            place=operation.place,
            inputs=tuple(operation.inputs),
            outputs=tuple(operation.outputs),
            arguments=argument_texts(notes, operation),
            nodes=tuple(cards.of_node[node] for node in operation.nodes),
            backward_pass=operation.backward_pass,
            part=operation.part,
            in_place=operation.in_place,
        )
        for index, operation in enumerate(notes.operations)
    )
    backward = tuple(
        BackwardStep(
            index=index,
            node=cards.of_node[step.node],
            backward_pass=step.backward_pass,
            grad_in=step.grad_in,
            grad_out=step.grad_out,
            before=step.before,
            after=step.after,
        )
        for index, step in enumerate(notes.steps)
    )
    recording = Recording(
        file=file,
        values=values,
        leaves=tuple(
            RecordedLeaf(leaf.name, leaf.value or _UNSEEN, leaf.grad, cards.of_leaf.get(index), index in anonymous)
            for index, leaf in enumerate(notes.leaves)
        ),
        operations=operations,
        nodes=tuple(cards.nodes),
        edges=tuple(cards.edges),
        backward=backward,
    )
    maker = PassMaker(notes, recording, cards)
    return replace(recording, passes=maker.passes())


def _name_leaves(notes: Notes) -> set[int]:
    """Give every leaf a name, and say which ones the snippet did not name."""
    anonymous = set()
    for index, leaf in enumerate(notes.leaves):
        leaf.name = leaf.name or next(
            (value.name for value in notes.values if value.leaf == index and value.name), ""
        )
        if not leaf.name:
            leaf.name = f"leaf {index + 1}"
            anonymous.add(index)
    for value in notes.values:
        if value.leaf is not None and not value.name:
            value.name = notes.leaves[value.leaf].name
    return anonymous
