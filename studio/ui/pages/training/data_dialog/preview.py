"""The first rows, or a few pictures, of a user's data."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtWidgets import QAbstractItemView, QScrollArea, QStackedWidget, QTableView, QWidget

from studio.spec.data_check import DataSummary, Thumbnail
from studio.ui.theme.theme import Theme
from studio.ui.widgets.layout import label
from studio.ui.widgets.naming import named
from studio.ui.widgets.sample_strip import Sample, SampleStrip
from studio.ui.widgets.tool_tip import plain_tip

Index = QModelIndex | QPersistentModelIndex

_WIDEST = 220
_NARROWEST = 56
_SIDE = 64
_MEASURED_COLUMNS = 60


class RowsModel(QAbstractTableModel):
    """Rows of a file as text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._header: tuple[str, ...] = ()
        self._rows: tuple[tuple[str, ...], ...] = ()

    def show_rows(self, header: Sequence[str], rows: Sequence[tuple[str, ...]]) -> bool:
        """Show these rows; whether they are others than before."""
        if (tuple(header), tuple(rows)) == (self._header, self._rows):
            return False
        self.beginResetModel()
        self._header, self._rows = tuple(header), tuple(rows)
        self.endResetModel()
        return True

    def rowCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index | None = None) -> int:
        return 0 if parent is not None and parent.isValid() else len(self._header)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        text = self._rows[index.row()][index.column()]
        if role == Qt.ItemDataRole.DisplayRole:
            return text
        return plain_tip(text) if role == Qt.ItemDataRole.ToolTipRole else None

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> object:
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        if orientation == Qt.Orientation.Vertical:
            return str(section + 1) if role == Qt.ItemDataRole.DisplayRole else None
        if role == Qt.ItemDataRole.DisplayRole:
            return self._header[section]
        return plain_tip(self._header[section]) if role == Qt.ItemDataRole.ToolTipRole else None


class Preview(QStackedWidget):
    """A table of the first rows, a wall of pictures, or a sentence where there is nothing to see."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._empty = label("", "muted", wrap=True)
        self._empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._model = RowsModel(self)
        self._table = named(QTableView(), "train.data.preview", "The first rows")
        self._table.setModel(self._model)
        self._table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self._table.setShowGrid(False)
        self._table.setWordWrap(False)
        self._table.setTabKeyNavigation(False)
        self._table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self._table.verticalHeader().hide()
        self._table.verticalHeader().setDefaultSectionSize(28)
        self._table.horizontalHeader().setHighlightSections(False)
        self._table.horizontalHeader().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self._strip = SampleStrip(theme, _SIDE)
        named(self._strip, "train.data.pictures", "A few of the images")
        self._wall = named(QScrollArea(), "train.data.wall", "A few of the images")
        self._wall.setWidgetResizable(True)
        self._wall.setWidget(self._strip)
        for part in (self._empty, self._table, self._wall):
            self.addWidget(part)
        self._pictures: tuple[Thumbnail, ...] = ()

    def show_summary(self, summary: DataSummary | None, words: str) -> None:
        """Show what was found; `words` where nothing was."""
        self._empty.setText(words)
        if summary is not None and summary.pictures:
            self.setCurrentWidget(self._wall)
            if summary.pictures != self._pictures:
                self._pictures = summary.pictures
                self._strip.set_samples([_sample(one) for one in summary.pictures])
        elif summary is not None and summary.rows:
            self.setCurrentWidget(self._table)
            if self._model.show_rows(summary.header, summary.rows):
                self._fit()
        else:
            self.setCurrentWidget(self._empty)

    def _fit(self) -> None:
        """Make each column as wide as what it holds, within limits; very many keep one width."""
        self._table.horizontalHeader().setDefaultSectionSize(96)
        for column in range(min(self._model.columnCount(), _MEASURED_COLUMNS)):
            wanted = max(self._table.sizeHintForColumn(column), self._header_width(column))
            self._table.setColumnWidth(column, min(max(wanted + 8, _NARROWEST), _WIDEST))

    def _header_width(self, column: int) -> int:
        text = str(self._model.headerData(column, Qt.Orientation.Horizontal))
        return self._table.fontMetrics().horizontalAdvance(text) + 28


def _sample(one: Thumbnail) -> Sample:
    import numpy as np  # late: the window starts without it

    pixels = np.frombuffer(one.rgb, np.uint8).reshape(one.height, one.width, 3)
    return Sample(pixels, one.label, f"{one.name}: {one.label}")
