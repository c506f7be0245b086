"""The gallery of recipes: a card each, with a picture and two sentences, by field."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import (
    QAbstractButton,
    QDialog,
    QGridLayout,
    QLineEdit,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from studio.catalog.recipes import Recipe, picture_of
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import Section, label, row
from studio.ui.widgets.naming import named, set_role

_COLUMNS = 4
_PICTURE_SHARE = 9 / 16
_TEXT_HEIGHT = 128
_EDGE = 10


class RecipeCard(QAbstractButton):
    """One recipe: picture, title, summary. Pressing it chooses the recipe."""

    def __init__(self, theme: Theme, recipe: Recipe, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.recipe = recipe
        self._theme = theme
        path = picture_of(recipe.name)
        self._picture = QPixmap(str(path)) if path else QPixmap()
        named(self, f"train.gallery.{recipe.name}", recipe.title, recipe.name)
        self.setAccessibleDescription(recipe.summary)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        theme.changed.connect(self.update)

    def answers(self, text: str) -> bool:
        """Whether every word of a search stands in the recipe's name, title, field or summary."""
        said = " ".join((self.recipe.name, self.recipe.title, self.recipe.field, self.recipe.summary)).lower()
        return all(word in said for word in text.lower().split())

    def _paint_picture(self, painter: QPainter, place: QRectF) -> None:
        painter.save()
        clip = QPainterPath()
        clip.addRoundedRect(place, 6, 6)
        painter.setClipPath(clip)
        painter.fillRect(place, self._theme.color("wash"))
        if self._picture.isNull():
            font = QFont(painter.font())
            font.setPixelSize(28)
            font.setWeight(QFont.Weight.DemiBold)
            painter.setFont(font)
            painter.setPen(self._theme.color("accent"))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, self.recipe.icon_text)
        else:
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawPixmap(place, self._picture, QRectF(self._picture.rect()))
        painter.restore()

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return round((width - 2 * _EDGE) * _PICTURE_SHARE) + _TEXT_HEIGHT

    def sizeHint(self) -> QSize:
        return QSize(226, self.heightForWidth(226))

    def minimumSizeHint(self) -> QSize:
        return QSize(170, self.heightForWidth(170))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = "accent" if self.hasFocus() else "field_line" if self.underMouse() else "line"
        painter.setPen(QPen(self._theme.color(edge), 1))
        painter.setBrush(self._theme.color("hover" if self.isDown() else "raised"))
        whole = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(whole, 8, 8)
        inside = whole.adjusted(_EDGE, _EDGE, -_EDGE, -_EDGE)
        picture = QRectF(inside.left(), inside.top(), inside.width(), inside.width() * _PICTURE_SHARE)
        self._paint_picture(painter, picture)
        strong = QFont(self.font())
        strong.setWeight(QFont.Weight.DemiBold)
        painter.setFont(strong)
        painter.setPen(self._theme.color("text"))
        metrics = QFontMetricsF(strong)
        line = QRectF(inside.left(), picture.bottom() + 8, inside.width(), metrics.height())
        title = metrics.elidedText(self.recipe.title, Qt.TextElideMode.ElideRight, inside.width())
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, title)
        small = QFont(self.font())
        small.setPixelSize(12)
        painter.setFont(small)
        painter.setPen(self._theme.color("muted"))
        rest = QRectF(inside.left(), line.bottom() + 3, inside.width(), whole.bottom() - line.bottom() - 9)
        painter.drawText(rest, Qt.AlignmentFlag.AlignLeft | Qt.TextFlag.TextWordWrap, self.recipe.summary)
        painter.end()


class Gallery(QDialog):
    """All recipes on cards; `chosen` gives the name of the one that was pressed."""

    chosen = Signal(str)

    def __init__(self, theme: Theme, recipes: list[Recipe], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("train.gallery")
        self.setAccessibleName("Recipes")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Recipes")
        self.resize(1040, 700)
        self._search = named(QLineEdit(), "train.gallery.search", "Search the recipes")
        self._search.setPlaceholderText("Search: digits, text, agent…")
        self._search.setClearButtonEnabled(True)
        self._search.setFixedWidth(260)
        self._none = label("No recipe answers that.", "faint")
        self._none.hide()
        close = Button(theme, "Close", "train.gallery.close")
        holder = set_role(QWidget(), "panel")
        column = QVBoxLayout(holder)
        column.setContentsMargins(4, 4, 14, 4)
        column.setSpacing(18)
        self._groups: list[tuple[Section, QGridLayout, list[RecipeCard]]] = []
        for field in dict.fromkeys(one.field for one in recipes):
            column.addWidget(self._group(theme, field, [one for one in recipes if one.field == field]))
        column.addWidget(self._none)
        column.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(holder)
        self._area = area
        words = label("Each is ready to start: real data, a model, and values that work.", "muted")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(14, 14, 14, 14)
        outer.setSpacing(10)
        outer.addWidget(row(words, None, self._search))
        outer.addWidget(area, 1)
        outer.addWidget(row(None, close))
        close.clicked.connect(self.reject)
        self._search.textChanged.connect(self._on_searched)

    def _group(self, theme: Theme, field: str, recipes: list[Recipe]) -> Section:
        section = Section(field)
        grid = QGridLayout()
        grid.setSpacing(12)
        for index in range(_COLUMNS):
            grid.setColumnStretch(index, 1)
        cards = [RecipeCard(theme, one) for one in recipes]
        for index, card in enumerate(cards):
            grid.addWidget(card, index // _COLUMNS, index % _COLUMNS)
            card.clicked.connect(self._on_pressed)
        section.body.addLayout(grid)
        self._groups.append((section, grid, cards))
        return section

    def _on_pressed(self) -> None:
        card = self.sender()
        assert isinstance(card, RecipeCard)
        self.chosen.emit(card.recipe.name)
        self.accept()

    def _on_searched(self, text: str) -> None:
        shown = 0
        for section, grid, cards in self._groups:
            fitting = [card for card in cards if card.answers(text)]
            for card in cards:
                grid.removeWidget(card)
                card.setVisible(card in fitting)
            for index, card in enumerate(fitting):
                grid.addWidget(card, index // _COLUMNS, index % _COLUMNS)
            section.setVisible(bool(fitting))
            shown += len(fitting)
        self._none.setVisible(not shown)
