"""The points of a plot as a table, for those who read numbers or cannot see curves."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPushButton, QTableView, QVBoxLayout, QWidget

from studio.ui.widgets.plot_curve import Curve

Index = QModelIndex | QPersistentModelIndex


class CurveTableModel(QAbstractTableModel):
    """One row a step, one column a curve; as the curves were when the table was opened."""

    def __init__(self, curves: Sequence[Curve], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._names = [curve.name for curve in curves]
        self._points = [(curve.points.steps.copy(), curve.points.values.copy()) for curve in curves]
        self._steps = np.unique(np.concatenate([steps for steps, _ in self._points] or [np.empty(0)]))

    def text(self, row: int, column: int) -> str:
        """What a cell says; "" where a curve has no point at that step."""
        step = self._steps[row]
        if column == 0:
            return f"{step:.12g}"
        steps, values = self._points[column - 1]
        position = int(np.searchsorted(steps, step))
        return f"{values[position]:.9g}" if position < len(steps) and steps[position] == step else ""

    def as_lines(self) -> str:
        """The whole table, separated by tabs, as spreadsheets take it."""
        # Column by column: looking up each cell by itself takes half a second of 100,000 rows.
        columns = [[f"{step:.12g}" for step in self._steps.tolist()]]
        for steps, values in self._points:
            found = np.searchsorted(steps, self._steps)
            there = np.append(steps, np.nan)[found] == self._steps
            shown = np.append(values, np.nan)[found]
            pairs = zip(shown.tolist(), there.tolist(), strict=True)
            columns.append([f"{value:.9g}" if is_there else "" for value, is_there in pairs])
        rows = ["\t".join(["step", *self._names])]
        return "\n".join(rows + ["\t".join(cells) for cells in zip(*columns, strict=True)])

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if role == Qt.ItemDataRole.DisplayRole:
            return self.text(index.row(), index.column())
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        return None

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._steps)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else 1 + len(self._names)

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role != Qt.ItemDataRole.DisplayRole or orientation != Qt.Orientation.Horizontal:
            return None
        return "step" if section == 0 else self._names[section - 1]


class CurveTable(QDialog):
    """Shows the points of curves; Copy puts them on the clipboard."""

    def __init__(self, title: str, curves: Sequence[Curve], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"{title}, as a table")
        self.resize(460, 520)
        self._model = CurveTableModel(curves, self)
        view = QTableView(self)
        view.setObjectName("plot.table.view")
        view.setAccessibleName(f"{title}: one row a step, one column a curve")
        view.setModel(self._model)
        view.verticalHeader().hide()
        view.horizontalHeader().setStretchLastSection(True)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close, self)
        copy = QPushButton("Copy all", self)
        copy.setObjectName("plot.table.copy")
        copy.setAccessibleName("Copy the whole table")
        copy.clicked.connect(self._on_copy)
        buttons.addButton(copy, QDialogButtonBox.ButtonRole.ActionRole)
        close = buttons.button(QDialogButtonBox.StandardButton.Close)
        close.setObjectName("plot.table.close")
        close.setAccessibleName("Close the table")
        buttons.rejected.connect(self.reject)
        layout = QVBoxLayout(self)
        layout.addWidget(view, 1)
        layout.addWidget(buttons)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._model.as_lines())
