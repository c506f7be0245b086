"""The layers of the model: a list to edit where the specification names them, and a table of any model's."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from studio.catalog.entries import Entry
from studio.catalog.modules import starting_values
from studio.catalog.shapes import text_of_shape
from studio.catalog.shelf import entries
from studio.spec.inspecting import LayerSeen
from studio.ui.pages.training.item_rows import layer_rows, with_error
from studio.ui.pages.training.presenter import TrainPresenter
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.ingredient_list import IngredientList
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.naming import named

_FIRST = (
    "Conv2d",
    "Linear",
    "ReLU",
    "MaxPool2d",
    "BatchNorm2d",
    "Dropout",
    "Flatten",
    "AdaptiveAvgPool2d",
    "Embedding",
    "Conv1d",
    "LayerNorm",
    "GELU",
)


def offered(kind: str, first: tuple[str, ...]) -> list[Entry]:
    """All ingredients of a kind, those that are used most first."""
    known = {one.name: one for one in entries(kind)}
    return [
        *(known[name] for name in first if name in known),
        *(one for one in known.values() if one.name not in first),
    ]


class LayersPanel(QWidget):
    """The list of a stack's layers, and the way to the table of all layers."""

    edited = Signal(list)

    def __init__(self, theme: Theme, presenter: TrainPresenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._presenter = theme, presenter
        self.list = IngredientList(
            theme,
            "train.layers",
            words="layer",
            entries=lambda: offered("layer", _FIRST),
            start=starting_values,
        )
        self.list.edited.connect(self.edited)
        self._table = Button(theme, "Layers…", "train.layers.show", role="link")
        self._table.setAccessibleName("Show every layer of the model with its shape")
        self._table.clicked.connect(self._on_table)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(6)
        layout.addWidget(self.list)
        layout.addWidget(row(None, self._table))

    def show_specification(self) -> None:
        """Show the layers that the specification names, each with what is known of it."""
        presenter = self._presenter
        items = (presenter.tables.get("model") or {}).get("layers")
        is_list = presenter.look.model_has_layers and isinstance(items, list)
        self.list.setVisible(is_list)
        if is_list:
            shape, answers, is_tokens = presenter.look.sample
            rows = layer_rows(items, shape, answers, is_tokens=is_tokens)
            for (table, key), why in presenter.look.errors.items():
                if table == "model" and key.startswith("layers["):
                    rows = with_error(rows, int(key[7:-1]), why)
            self.list.show_items(items, rows)
        self._table.setEnabled(bool(presenter.look.layers))
        self._table.setToolTip("" if presenter.look.layers else "Known once the model has been built")

    def _on_table(self) -> None:
        LayersDialog(self._theme, self._presenter.look.layers, self).open()


class LayersDialog(QDialog):
    """Every layer that one batch goes through, in order."""

    def __init__(self, theme: Theme, layers: tuple[LayerSeen, ...], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("train.layers.dialog")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Layers of the model")
        self.resize(620, 560)
        table = named(
            QTableWidget(len(layers), 4), "train.layers.table", "One row a layer, in the order of the batch"
        )
        table.setHorizontalHeaderLabels(["Layer", "Kind", "Output", "Parameters"])
        for number, layer in enumerate(layers):
            cells = (layer.path, layer.kind, text_of_shape(layer.shape), f"{layer.parameters:,}")
            for column, text in enumerate(cells):
                item = QTableWidgetItem(text)
                if column >= 2:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                table.setItem(number, column, item)
        for column in (2, 3):
            table.horizontalHeaderItem(column).setTextAlignment(
                Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
            )
        table.horizontalHeaderItem(0).setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.horizontalHeaderItem(1).setTextAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.verticalHeader().hide()
        table.setShowGrid(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        table.setTabKeyNavigation(False)
        table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.horizontalHeader().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        total = sum(layer.parameters for layer in layers)
        close = Button(theme, "Close", "train.layers.dialog.close")
        close.clicked.connect(self.accept)
        column_layout = QVBoxLayout(self)
        column_layout.setContentsMargins(14, 14, 14, 14)
        column_layout.setSpacing(10)
        words = "Shapes are those of one sample: the batch comes before them."
        column_layout.addWidget(label(f"{len(layers)} layers, {total:,} parameters. {words}", "muted", wrap=True))
        column_layout.addWidget(table, 1)
        column_layout.addWidget(row(None, close))
