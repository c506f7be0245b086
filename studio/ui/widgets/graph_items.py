"""What a graph view is made of: cards with a value and a gradient, and edges between them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPen
from PySide6.QtWidgets import QGraphicsItem, QGraphicsPathItem, QStyleOptionGraphicsItem, QWidget

from studio.ui.theme.fonts import body_font, code_font
from studio.ui.theme.theme import Theme

CARD_WIDTH = 170.0
CARD_HEIGHT = 60.0
_PAD = 13.0
_RADIUS = 8.0
_READABLE = 0.45


@dataclass(frozen=True)
class CardFace:
    """What a card says, and how it looks: `kind` is leaf, data, operation or result."""

    kind: str
    title: str
    name: str = ""
    value: str = ""
    gradient: str = ""
    exists: bool = True
    is_at_work: bool = False
    phase: str = "forward"

    def text(self) -> str:
        """The card in words."""
        parts = [self.title, f"value {self.value}" if self.value else "not computed yet"]
        if self.kind != "data":
            parts.append(f"gradient {self.gradient}" if self.gradient not in ("", "–") else "no gradient yet")
        return ", ".join(parts)


class CardItem(QGraphicsItem):
    """A rounded card: title and value above, gradient below."""

    def __init__(self, theme: Theme, key: int, face: CardFace) -> None:
        super().__init__()
        self.key = key
        self.face = face
        self._theme = theme
        self._title_font = body_font(13)
        self._title_font.setWeight(QFont.Weight.DemiBold)
        self._small_font = body_font(12)
        self._code_font = code_font(13)
        self.is_chosen = False
        self.setToolTip(face.title)

    def set_face(self, face: CardFace) -> None:
        """Show something else, where it is something else."""
        if face != self.face:
            self.face = face
            self.update()

    def set_chosen(self, is_chosen: bool) -> None:
        """Whether this is the card that the inspector shows."""
        if is_chosen != self.is_chosen:
            self.is_chosen = is_chosen
            self.update()

    def boundingRect(self) -> QRectF:
        return QRectF(-CARD_WIDTH / 2 - 2, -CARD_HEIGHT / 2 - 2, CARD_WIDTH + 4, CARD_HEIGHT + 4)

    def shape(self) -> QPainterPath:
        path = QPainterPath()
        path.addRoundedRect(self._body(), _RADIUS, _RADIUS)
        return path

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        face, theme = self.face, self._theme
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setOpacity(1.0 if face.exists else 0.45)
        line = theme.color("line")
        if self.is_chosen:
            line = theme.color("accent")
        elif face.is_at_work:
            line = theme.color("series1" if face.phase == "forward" else "accent")
        pen = QPen(line, 2.0 if self.is_chosen or face.is_at_work else 1.0)
        if not face.exists:
            pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        painter.setBrush(theme.color("wash" if face.kind == "leaf" else "surface"))
        painter.drawRoundedRect(self._body(), _RADIUS, _RADIUS)
        if option.levelOfDetailFromTransform(painter.worldTransform()) >= _READABLE:
            self._paint_text(painter)

    def _paint_text(self, painter: QPainter) -> None:
        face, theme = self.face, self._theme
        text, muted, accent = (theme.color(name) for name in ("text", "muted", "accent"))
        top = QRectF(-CARD_WIDTH / 2 + _PAD, -CARD_HEIGHT / 2 + 7, CARD_WIDTH - 2 * _PAD, 22)
        used = _draw_right(painter, top, face.value, font=self._code_font, color=text)
        title = _full_title(face.title, face.name)
        # Of a parameter's dotted name the end says most: …weight.
        elide = Qt.TextElideMode.ElideLeft if face.kind == "leaf" else Qt.TextElideMode.ElideRight
        rest = top.adjusted(0, 0, -used, 0)
        _draw_left(painter, rest, title, font=self._title_font, color=text, elide=elide)
        below = top.translated(0, 24)
        if face.kind == "data":
            _draw_left(painter, below, "data", font=self._small_font, color=muted)
            return
        used = _draw_right(painter, below, face.gradient, font=self._code_font, color=accent)
        _draw_left(painter, below.adjusted(0, 0, -used, 0), "gradient", font=self._small_font, color=muted)

    def _body(self) -> QRectF:
        return QRectF(-CARD_WIDTH / 2, -CARD_HEIGHT / 2, CARD_WIDTH, CARD_HEIGHT)


class EdgeItem(QGraphicsPathItem):
    """A curve from card to card; at work it has a colour, is thicker, and carries a text."""

    def __init__(self, theme: Theme, points: list[QPointF]) -> None:
        super().__init__(_curve(points))
        self._theme = theme
        self._phase = ""
        self._text = ""
        self._font = code_font(12)
        self._middle = self.path().pointAtPercent(0.5)
        self.setZValue(-1)
        self.set_work("", "")

    def set_work(self, phase: str, text: str) -> None:
        """Show what flows: phase ``"forward"``, ``"backward"`` or "" for nothing."""
        self.prepareGeometryChange()
        self._phase, self._text = phase, text
        self.setZValue(1 if phase else -1)
        self.restyle()

    def restyle(self) -> None:
        """Take the theme's colours anew."""
        color = {"forward": "series1", "backward": "accent"}.get(self._phase, "faint")
        pen = QPen(self._theme.color(color), 2.0 if self._phase else 1.3)
        self.setPen(pen)

    def boundingRect(self) -> QRectF:
        return super().boundingRect().united(self._label()) if self._text else super().boundingRect()

    def paint(self, painter: QPainter, option: QStyleOptionGraphicsItem, widget: QWidget | None = None) -> None:
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        super().paint(painter, option, widget)
        if not self._text:
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._theme.color("window"))
        painter.drawRoundedRect(self._label(), 4, 4)
        painter.setFont(self._font)
        painter.setPen(self._theme.color("series1" if self._phase == "forward" else "accent"))
        painter.drawText(self._label(), Qt.AlignmentFlag.AlignCenter, self._text)

    def _label(self) -> QRectF:
        width = QFontMetricsF(self._font).horizontalAdvance(self._text) + 10
        return QRectF(self._middle.x() - width / 2, self._middle.y() - 10, width, 20)


def _full_title(title: str, name: str) -> str:
    """A card's title, with the variable's name before it where it has one: ``a = x²``."""
    return f"{name} = {title}" if name and name != title and len(title) > 1 else title


def _curve(points: list[QPointF]) -> QPainterPath:
    path = QPainterPath(points[0])
    for start, end in pairwise(points):
        bend = (end.y() - start.y()) / 2
        path.cubicTo(start.x(), start.y() + bend, end.x(), end.y() - bend, end.x(), end.y())
    return path


def _draw_left(
    painter: QPainter,
    area: QRectF,
    text: str,
    *,
    font: QFont,
    color: QColor,
    elide: Qt.TextElideMode = Qt.TextElideMode.ElideRight,
) -> None:
    painter.setFont(font)
    painter.setPen(color)
    shown = QFontMetricsF(font).elidedText(text, elide, area.width())
    painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


def _draw_right(painter: QPainter, area: QRectF, text: str, *, font: QFont, color: QColor) -> float:
    """Draw a text at the right end and give back how much room it took, with a gap."""
    if not text:
        return 0.0
    painter.setFont(font)
    painter.setPen(color)
    painter.drawText(area, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    return QFontMetricsF(font).horizontalAdvance(text) + 8
