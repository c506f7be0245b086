"""How a page is laid out: choices on the left, work in the middle, meaning on the right, verbs below."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QScrollArea,
    QSizePolicy,
    QSplitter,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.ui.theme.theme import Theme
from studio.ui.widgets.naming import named, set_role
from studio.ui.widgets.value_label import ValueLabel

RIGHT_WIDTH = 284
_WIDEST_NAME = 120
"""Pixels: a longer name leaves no room for its value beside it in a panel."""
FOLD_BELOW = 1120
"""A page narrower than this folds its right panel to a tab, so that the middle keeps its room."""


def label(text: str, role: str = "", *, wrap: bool = False, parent: QWidget | None = None) -> QLabel:
    """A text label with a role of the style sheet. It never reads its text as HTML."""
    widget = QLabel(text, parent)
    widget.setTextFormat(Qt.TextFormat.PlainText)
    if role:
        set_role(widget, role)
    widget.setWordWrap(wrap)
    return widget


def row(
    *widgets: QWidget | int | None, spacing: int = 8, margins: tuple[int, int, int, int] = (0, 0, 0, 0)
) -> QWidget:
    """Widgets side by side; None is a stretch, a number a gap in pixels."""
    holder = QWidget()
    layout = QHBoxLayout(holder)
    layout.setContentsMargins(*margins)
    layout.setSpacing(spacing)
    for widget in widgets:
        if widget is None:
            layout.addStretch(1)
        elif isinstance(widget, int):
            layout.addSpacing(widget)
        else:
            layout.addWidget(widget)
    return holder


class Section(QWidget):
    """A group in a panel: a small heading with its summary on the right, then whatever belongs to it."""

    def __init__(self, title: str, summary: str = "", parent: QWidget | None = None):
        super().__init__(parent)
        self._title = label(title, "heading")
        self._summary = label(summary, "heading")
        self._summary.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.body = QVBoxLayout()
        self.body.setSpacing(6)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(8)
        self._head = row(self._title, None, self._summary)
        layout.addWidget(self._head)
        layout.addLayout(self.body)

    def put_right(self, widget: QWidget) -> None:
        """Put a small control at the right of the heading."""
        head = self._head.layout()
        assert head is not None
        head.addWidget(widget)

    def set_title(self, title: str) -> None:
        """Change the heading."""
        self._title.setText(title)

    def set_summary(self, summary: str) -> None:
        """Change the text at the right of the heading."""
        self._summary.setText(summary)

    def add(self, widget: QWidget) -> None:
        """Add a widget below those that are there."""
        self.body.addWidget(widget)


class KeyValues(QWidget):
    """Facts as lines of a name and a value; values are exact, so they are in the code font."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(10)
        self._grid.setVerticalSpacing(5)
        self._grid.setColumnMinimumWidth(0, 92)
        self._grid.setColumnStretch(1, 1)
        self._rows: list[tuple[ValueLabel, ValueLabel]] = []

    def set_facts(self, facts: list[tuple[str, str]]) -> None:
        """Show these names and values, in this order, instead of those before."""
        while len(self._rows) < len(facts):
            name, value = ValueLabel("muted"), ValueLabel("mono")
            name.setAlignment(Qt.AlignmentFlag.AlignTop)
            self._rows.append((name, value))
        widest = max((self.fontMetrics().horizontalAdvance(name) for name, _ in facts), default=0)
        for index, (name, value) in enumerate(self._rows):
            is_used = index < len(facts)
            if is_used:
                self._place(index, facts[index][0], is_below=widest > _WIDEST_NAME)
                value.setText(facts[index][1])
            name.setVisible(is_used)
            value.setVisible(is_used)
        self.setAccessibleDescription("; ".join(f"{name}: {value}" for name, value in facts))

    def _place(self, index: int, text: str, *, is_below: bool) -> None:
        """A name with its value beside it, or below it where names are long."""
        name, value = self._rows[index]
        name.setText(text)
        name.setWordWrap(is_below)
        width = 2 if is_below else 1
        self._grid.addWidget(name, 2 * index, 0, 1, width)
        self._grid.addWidget(value, 2 * index + is_below, 0 if is_below else 1, 1, width)


class Panel(QScrollArea):
    """A side panel: a column of sections that scrolls when it does not fit."""

    def __init__(self, minimum: int, preferred: int, parent: QWidget | None = None):
        super().__init__(parent)
        self._preferred = preferred
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setMinimumWidth(minimum)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        holder = set_role(QWidget(), "panel")
        self.column = QVBoxLayout(holder)
        self.column.setContentsMargins(14, 14, 14, 14)
        self.column.setSpacing(18)
        self.setWidget(holder)

    def add(self, widget: QWidget, stretch: int = 0) -> None:
        """Add a section below those that are there."""
        self.column.addWidget(widget, stretch)

    def close_column(self) -> None:
        """Keep the sections at the top; call it after the last one."""
        self.column.addStretch(1)

    def sizeHint(self) -> QSize:
        return QSize(self._preferred, 400)


class VerbBar(QFrame):
    """The bar below the middle: what can be done now, the main verb first."""

    def __init__(self, parent: QWidget | None = None):
        super().__init__(parent)
        set_role(self, "panel")
        self._layout = QHBoxLayout(self)
        self._layout.setContentsMargins(14, 10, 14, 10)
        self._layout.setSpacing(8)

    def add(self, *widgets: QWidget) -> None:
        """Add verbs at the left."""
        for widget in widgets:
            self._layout.addWidget(widget)

    def add_at_end(self, *widgets: QWidget) -> None:
        """Add verbs at the right; call it once, after `add`."""
        self._layout.addStretch(1)
        for widget in widgets:
            self._layout.addWidget(widget)


class _Centre(QFrame):
    """The middle of a page: it takes what is left, however much what is in it would like."""

    def sizeHint(self) -> QSize:
        return QSize(360, super().sizeHint().height())


class PageFrame(QWidget):
    """A page's three columns. The right one folds away where there is no room, or when asked."""

    def __init__(
        self,
        theme: Theme,
        name: str,
        *,
        left: QWidget | None = None,
        middle: QWidget,
        right: QWidget | None = None,
        verbs: QWidget | None = None,
        parent: QWidget | None = None,
    ):
        super().__init__(parent)
        self._theme = theme
        self._left = left
        self._right = right
        self._wants_right = True
        centre = set_role(_Centre(), "middle")
        column = QVBoxLayout(centre)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(middle, 1)
        if verbs is not None:
            column.addWidget(set_role(QFrame(), "line"))
            column.addWidget(verbs)
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self.splitter.setObjectName(f"{name}.splitter")
        self.splitter.setHandleWidth(1)
        self.splitter.setChildrenCollapsible(False)
        for index, part in enumerate(filter(None, (left, centre, right))):
            self.splitter.addWidget(part)
            self.splitter.setStretchFactor(index, 1 if part is centre else 0)
        centre.setMinimumWidth(360)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.splitter, 1)
        self._tab = QToolButton()
        named(self._tab, f"{name}.show_right", "Show the right panel", "Show the right panel")
        set_role(self._tab, "quiet")
        self._tab.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Expanding)
        self._tab.clicked.connect(self.toggle_right)
        self._tab.hide()
        layout.addWidget(self._tab)
        self._is_forced = False
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def toggle_left(self) -> None:
        """Fold or unfold the left panel."""
        if self._left is not None:
            self._left.setVisible(self._left.isHidden())

    def toggle_right(self) -> None:
        """Fold or unfold the right panel."""
        if self._right is None:
            return
        self._wants_right = self._right.isHidden()
        self._is_forced = self._wants_right
        self._fit()

    def resizeEvent(self, event) -> None:
        super().resizeEvent(event)
        if self.width() >= FOLD_BELOW:
            self._is_forced = False
        self._fit()

    def _fit(self) -> None:
        if self._right is None:
            return
        shows = self._wants_right and (self.width() >= FOLD_BELOW or self._is_forced)
        self._right.setVisible(shows)
        self._tab.setVisible(not shows)

    def _on_theme_changed(self) -> None:
        self._tab.setIcon(self._theme.icon("panel-right"))
