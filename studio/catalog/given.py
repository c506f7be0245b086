"""What the data say to a model: sizes that no form shows, because they are the data's own.

Where a data set always has the same sizes, its file says them. Where they depend on a user's file or on
parameters, they are read off the tensors, by the expressions below; a script does the same.
"""

from __future__ import annotations

from typing import Any

from studio.catalog.entries import Entry

EXPRESSIONS = {
    "in_shape": "tuple(train_x.shape[1:])",
    "in_features": "train_x[0].numel()",
    "in_channels": "train_x.shape[-1]",
    "length": "train_x.shape[1]",
    "vocabulary": "0 if train_x.is_floating_point() else int(train_x.max()) + 1",
    "out_features": "train_y[0].numel()",
}
"""Expressions over the tensors of a data set."""

_CLASSES = "int(torch.cat([train_y, test_y]).max()) + 1"

OTHERS = ("source_length", "target_vocabulary", "classes", "actions")
"""What only a data set itself can say."""

NAMES = (*EXPRESSIONS, *OTHERS)


def said_by(dataset: Entry) -> dict[str, Any]:
    """The sizes that a data set always has; empty where they depend on its parameters."""
    if not dataset.shape:
        return dict(dataset.given)
    features = 1
    for side in dataset.shape:
        features *= side
    sizes: dict[str, Any] = {"in_shape": dataset.shape, "in_features": features, "out_features": dataset.answers}
    return sizes | dict(dataset.given)


def expression(name: str, *, by_class: bool) -> str:
    """The expression that gives a size, over ``train_x``, ``train_y`` and ``test_y``.

    Raises:
        KeyError: only a data set itself can say it.
    """
    return _CLASSES if name == "out_features" and by_class else EXPRESSIONS[name]
