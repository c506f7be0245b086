"""A list to choose from that is searched by typing, below the button that opened it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.ui.widgets.layout import label
from studio.ui.widgets.naming import named, set_role

_WIDTH, _HEIGHT, _ABOUT_HEIGHT = 286, 372, 48
_MARGIN = 8


class ChoicePopup(QFrame):
    """Names with a sentence about each. Enter takes the first that fits, the arrow keys walk, Escape closes.

    It lies over the window that it is given and goes when the keyboard goes elsewhere.
    """

    chosen = Signal(str)

    def __init__(self, object_name: str, words: str, choices: Sequence[tuple[str, str]], window: QWidget) -> None:
        super().__init__(window)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        set_role(self, "raised")
        self.setFixedSize(_WIDTH, _HEIGHT)
        self._search = named(QLineEdit(), f"{object_name}.search", f"Search for a {words}")
        self._search.setPlaceholderText(f"Search for a {words}")
        self._list = named(QListWidget(), f"{object_name}.choices", f"Every {words}")
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        set_role(self._list, "plain")
        for name, summary in choices:
            item = QListWidgetItem(name)
            item.setToolTip(summary)
            item.setData(Qt.ItemDataRole.AccessibleDescriptionRole, summary)
            self._list.addItem(item)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(8, 8, 8, 8)
        layout.setSpacing(6)
        layout.addWidget(self._search)
        layout.addWidget(self._list)
        self._about = label("", "faint", wrap=True)
        self._about.setFixedHeight(_ABOUT_HEIGHT)
        self._about.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._about)
        self._list.currentItemChanged.connect(self._on_current)
        self._search.textChanged.connect(self._on_searched)
        self._search.installEventFilter(self)
        self._list.itemClicked.connect(self._on_clicked)
        self._list.setCurrentRow(0)

    def open_below(self, widget: QWidget) -> None:
        """Show it below a widget, with the keyboard in its field."""
        room = self.parentWidget().rect()
        place = widget.mapTo(self.parentWidget(), QPoint(0, widget.height() + 4))
        left = max(_MARGIN, min(place.x(), room.right() - self.width() - _MARGIN))
        top = place.y()
        if top + self.height() > room.bottom() - _MARGIN:  # above the widget, as far as there is room
            top = max(_MARGIN, place.y() - widget.height() - self.height() - 8)
        self.move(left, top)
        self.show()
        self.raise_()
        self._search.setFocus()

    def _on_current(self, item: QListWidgetItem | None) -> None:
        self._about.setText(item.toolTip() if item is not None else "Nothing is called like that.")

    def _on_searched(self, text: str) -> None:
        words = text.lower().split()
        first = -1
        for index in range(self._list.count()):
            item = self._list.item(index)
            found = f"{item.text()} {item.toolTip()}".lower()
            fits = all(word in found for word in words)
            item.setHidden(not fits)
            starts = item.text().lower().startswith(text.strip().lower())
            if fits and (first < 0 or (starts and not self._starts(first, text))):
                first = index
        self._list.setCurrentRow(first)

    def _starts(self, index: int, text: str) -> bool:
        return self._list.item(index).text().lower().startswith(text.strip().lower())

    def _step(self, by: int) -> None:
        index = self._list.currentRow() + by
        while 0 <= index < self._list.count() and self._list.item(index).isHidden():
            index += by
        if 0 <= index < self._list.count():
            self._list.setCurrentRow(index)

    def _on_clicked(self, item: QListWidgetItem) -> None:
        self.chosen.emit(item.text())
        self.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._search and event.type() == QEvent.Type.FocusOut:
            self.close()
        if watched is self._search and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            key = Qt.Key(event.key())
            if key == Qt.Key.Key_Escape:
                self.close()
                return True
            if key in steps:
                for _ in range(abs(steps[key])):
                    self._step(1 if steps[key] > 0 else -1)
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                if self._list.currentItem() is not None:
                    self._on_clicked(self._list.currentItem())
                return True
        return super().eventFilter(watched, event)
