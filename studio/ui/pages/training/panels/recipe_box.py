"""The choice of a recipe, drawn as a card: what it is called and what it does."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.catalog.recipes import Recipe
from studio.ui.widgets.form import ChoiceBox

if TYPE_CHECKING:
    from studio.ui.theme.theme import Theme

CARD_HEIGHT = 58
_ICON = 34
_TITLE, _SUMMARY, _BADGE = (Qt.ItemDataRole.UserRole + offset for offset in (1, 2, 3))


@dataclass(frozen=True)
class Card:
    """What stands on a card."""

    title: str
    summary: str
    badge: str


class RecipeDelegate(QStyledItemDelegate):
    """Draws recipes in the open list as the box draws the chosen one."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        place = QRectF(option.rect)  # type: ignore[attr-defined]  # the stubs leave the fields of options out
        if option.state & QStyle.StateFlag.State_Selected:  # type: ignore[attr-defined]  # the same
            painter.fillRect(place, self._theme.color("selected"))
        card = Card(*(str(index.data(role) or "") for role in (_TITLE, _SUMMARY, _BADGE)))
        paint_card(painter, self._theme, place, card)

    def sizeHint(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(320, CARD_HEIGHT)


class RecipeBox(ChoiceBox):
    """A list of recipes; each item's data is the recipe's name, None for a specification of one's own."""

    def __init__(self, theme: Theme, known: list[Recipe], parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._note = ""
        for one in known:
            self._add(one.title, one.summary, one.icon_text, one.name)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Expanding)
        self.setItemDelegate(RecipeDelegate(theme, self))
        self.view().setMinimumWidth(340)
        theme.changed.connect(self.update)

    def show_recipe(self, name: str | None, note: str, *, source: str = "") -> None:
        """Show which recipe is used, and in `note` how the specification differs; None: it is from a file.

        A file's specification is offered only while it is the one in use: there is no way back to it here.
        """
        self._note = note
        title = (source or "Own specification") if name is None else ""
        blocked = self.blockSignals(True)
        last = self.count() - 1
        if self.itemData(last) is None and self.itemText(last) != title:
            self.removeItem(last)
        if title and self.itemData(self.count() - 1) is not None:
            self._add(title, "A specification of its own, without a recipe.", "…", None)
        self.setCurrentIndex(self.count() - 1 if name is None else self.findData(name))
        self.blockSignals(blocked)
        self.setToolTip(str(self.currentData(_SUMMARY) or ""))
        self.update()

    def _add(self, title: str, summary: str, badge: str, name: str | None) -> None:
        self.addItem(title, name)
        for role, value in ((_TITLE, title), (_SUMMARY, summary), (_BADGE, badge)):
            self.setItemData(self.count() - 1, value, role)
        self.setItemData(self.count() - 1, summary, Qt.ItemDataRole.ToolTipRole)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = "accent" if self.hasFocus() else "field_line" if self.underMouse() else "line"
        painter.setPen(QPen(self._theme.color(edge), 1))
        painter.setBrush(self._theme.color("raised"))
        place = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.drawRoundedRect(place, 8, 8)
        card = Card(*(str(self.currentData(role) or "") for role in (_TITLE, _SUMMARY, _BADGE)))
        if self._note:
            card = replace(card, summary=self._note)
        paint_card(painter, self._theme, place.adjusted(0, 0, -22, 0), card)
        arrow = self._theme.icon("chevron-down").pixmap(13, 13)
        painter.drawPixmap(int(place.right()) - 20, int(place.center().y()) - 6, arrow)
        painter.end()


def paint_card(painter: QPainter, theme: Theme, place: QRectF, card: Card) -> None:
    """Draw a badge in the accent's wash, a title, and one line below it."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    square = QRectF(place.left() + 10, place.center().y() - _ICON / 2, _ICON, _ICON)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.color("wash"))
    painter.drawRoundedRect(square, 6, 6)
    strong = QFont(painter.font())
    strong.setWeight(QFont.Weight.DemiBold)
    small = QFont(strong)
    small.setPixelSize(15 if len(card.badge) < 3 else 12 if len(card.badge) < 4 else 11)
    painter.setFont(small)
    painter.setPen(theme.color("accent"))
    painter.drawText(square, Qt.AlignmentFlag.AlignCenter, card.badge)
    left = square.right() + 10
    wide = place.right() - left - 8
    painter.setFont(strong)
    painter.setPen(theme.color("text"))
    metrics = QFontMetricsF(strong)
    line = QRectF(left, place.center().y() - metrics.height() - 1, wide, metrics.height())
    painter.drawText(
        line, Qt.AlignmentFlag.AlignLeft, metrics.elidedText(card.title, Qt.TextElideMode.ElideRight, wide)
    )
    plain = QFont(strong)
    plain.setWeight(QFont.Weight.Normal)
    painter.setFont(plain)
    painter.setPen(theme.color("muted"))
    metrics = QFontMetricsF(plain)
    line = QRectF(left, place.center().y() + 1, wide, metrics.height())
    painter.drawText(
        line, Qt.AlignmentFlag.AlignLeft, metrics.elidedText(card.summary, Qt.TextElideMode.ElideRight, wide)
    )
    painter.restore()
