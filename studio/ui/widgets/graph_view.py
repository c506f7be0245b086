"""A graph of cards: laid out in layers, zoomed with the wheel, moved by dragging, walked with the arrow keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QFrame, QGraphicsScene, QGraphicsView, QWidget

from studio.ui.theme.theme import Theme
from studio.ui.widgets.graph_items import CARD_HEIGHT, CARD_WIDTH, CardFace, CardItem, EdgeItem
from studio.ui.widgets.layered_layout import Layout
from studio.ui.widgets.naming import named

_SMALLEST, _LARGEST = 0.05, 3.0
_ROOM = 40.0
_PORT = 26.0
_LARGEST_FIT = 1.0
_SMALLEST_READABLE = 0.5
"""A graph that would have to be drawn smaller opens at its chosen card instead of as a whole."""


class GraphView(QGraphicsView):
    """Shows cards by key. `chosen` tells which one the user picked; -1 is none.

    Keys: arrows walk along edges and layers, Home the first card, plus and minus zoom, 0 fits.
    """

    chosen = Signal(int)

    def __init__(
        self, theme: Theme, object_name: str, accessible_name: str, parent: QWidget | None = None
    ) -> None:
        self._scene = QGraphicsScene()
        super().__init__(self._scene, parent)
        self._scene.setParent(self)
        self._theme = theme
        self._cards: dict[int, CardItem] = {}
        self._edges: dict[int, EdgeItem] = {}
        self._links: list[tuple[int, int]] = []
        self._chosen = -1
        self._is_fitted = True
        self._title = accessible_name
        named(self, object_name, accessible_name)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.setDragMode(QGraphicsView.DragMode.ScrollHandDrag)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        self.setTransformationAnchor(QGraphicsView.ViewportAnchor.AnchorUnderMouse)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._pressed: QPointF | None = None
        theme.changed.connect(self._on_theme_changed)

    def set_graph(self, faces: Mapping[int, CardFace], edges: Sequence[tuple[int, int]], layout: Layout) -> None:
        """Show another graph; `layout` is of the faces in their order, edges by position in it."""
        self._scene.clear()
        self._cards, self._edges, self._links = {}, {}, list(edges)
        keys = list(faces)
        place = {key: QPointF(*layout.centres[index]) for index, key in enumerate(keys)}
        rank = {key: index for index, key in enumerate(keys)}
        for key, face in faces.items():
            card = CardItem(self._theme, key, face)
            card.setPos(place[key])
            self._scene.addItem(card)
            self._cards[key] = card
        starts, ends = self._ports(place)
        for index, (source, target) in enumerate(edges):
            bends = layout.routes.get((rank[source], rank[target]), ())
            points = [starts[index], *(QPointF(x, y) for x, y in bends), ends[index]]
            self._edges[index] = EdgeItem(self._theme, points)
            self._scene.addItem(self._edges[index])
        area = QRectF(0, 0, layout.width, layout.height).adjusted(-_ROOM, -_ROOM, _ROOM, _ROOM)
        self._scene.setSceneRect(area.adjusted(-2000, -2000, 2000, 2000))
        self._area = area
        if self._chosen not in self._cards:
            self._chosen = -1
        self.choose(self._chosen)
        self._open()

    def set_faces(self, faces: Mapping[int, CardFace], work: Mapping[int, tuple[str, str]]) -> None:
        """Show what is at another moment; `work` gives phase and text of the edges at work, by number."""
        for key, face in faces.items():
            if key in self._cards:
                self._cards[key].set_face(face)
        for index, edge in self._edges.items():
            edge.set_work(*work.get(index, ("", "")))
        self._describe()

    def choose(self, key: int) -> None:
        """Make a card the chosen one and bring it into sight; -1 for none. Emits nothing."""
        self._chosen = key if key in self._cards else -1
        for card in self._cards.values():
            card.set_chosen(card.key == self._chosen)
        if self._chosen >= 0:
            self.ensureVisible(self._cards[self._chosen], 20, 20)
        self._describe()

    @property
    def chosen_key(self) -> int:
        """The chosen card, -1 for none."""
        return self._chosen

    @property
    def faces(self) -> dict[int, CardFace]:
        """What each card says now."""
        return {key: card.face for key, card in self._cards.items()}

    def place_of(self, key: int) -> QPointF:
        """Where a card's centre is in the view, in pixels."""
        return QPointF(self.mapFromScene(self._cards[key].pos()))

    def fit(self) -> None:
        """Show the whole graph, not larger than drawn."""
        if not self._cards:
            return
        self._is_fitted = True
        scale = max(self._fitting_scale(), _SMALLEST)
        self.resetTransform()
        self.scale(scale, scale)
        self.centerOn(self._area.center())

    def zoom(self, factor: float) -> None:
        """Show everything larger or smaller."""
        now = self.transform().m11()
        factor = min(max(now * factor, _SMALLEST), _LARGEST) / now
        self._is_fitted = False
        self.scale(factor, factor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._walk(self._linked(self._chosen, down=key == Qt.Key.Key_Down))
        elif key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._walk(self._beside(self._chosen, right=key == Qt.Key.Key_Right))
        elif key == Qt.Key.Key_Home:
            self._walk(self._first())
        elif key == Qt.Key.Key_Escape:
            self._walk(-1, may_be_none=True)
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom(1.25)
        elif key == Qt.Key.Key_Minus:
            self.zoom(0.8)
        elif key == Qt.Key.Key_0:
            self.fit()
        else:
            super().keyPressEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        self.zoom(1.0015 ** event.angleDelta().y())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed = event.position()
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        self.viewport().setCursor(Qt.CursorShape.ArrowCursor)
        moved = (event.position() - self._pressed).manhattanLength() if self._pressed is not None else 0.0
        self._pressed = None
        if moved > 4:
            self._is_fitted = False
            return
        found = [item for item in self.items(event.position().toPoint()) if isinstance(item, CardItem)]
        self._walk(found[0].key if found else -1, may_be_none=True)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self._is_fitted:
            self.fit()

    def _fitting_scale(self) -> float:
        """At which scale the whole graph is seen."""
        width, height = max(self.viewport().width(), 1), max(self.viewport().height(), 1)
        return min(width / self._area.width(), height / self._area.height(), _LARGEST_FIT)

    def _open(self) -> None:
        """Show all of a graph that can be read then, else the place where something happens."""
        if self._fitting_scale() >= _SMALLEST_READABLE or not self._cards:
            self.fit()
            return
        self._is_fitted = False
        scale = min(max(self.viewport().width() / self._area.width(), _SMALLEST_READABLE), _LARGEST_FIT)
        self.resetTransform()
        self.scale(scale, scale)
        self.centerOn(self._cards[self._chosen if self._chosen >= 0 else self._first()])

    def _walk(self, key: int, *, may_be_none: bool = False) -> None:
        if key == self._chosen or (key < 0 and not may_be_none):
            return
        self.choose(key)
        self.chosen.emit(key)

    def _first(self) -> int:
        return min(self._cards, key=lambda key: (self._cards[key].y(), self._cards[key].x()), default=-1)

    def _linked(self, key: int, *, down: bool) -> int:
        if key < 0:
            return self._first()
        near = [t if down else s for s, t in self._links if (s if down else t) == key]
        here = self._cards[key].x()
        return min(near, key=lambda other: abs(self._cards[other].x() - here), default=-1)

    def _beside(self, key: int, *, right: bool) -> int:
        if key < 0:
            return self._first()
        here = self._cards[key]
        side = [
            card
            for card in self._cards.values()
            if abs(card.y() - here.y()) < CARD_HEIGHT / 2 and (card.x() > here.x()) == right and card is not here
        ]
        return min(side, key=lambda card: abs(card.x() - here.x())).key if side else -1

    def _ports(self, place: dict[int, QPointF]) -> tuple[dict[int, QPointF], dict[int, QPointF]]:
        """Where each edge leaves and enters its cards: side by side, in the order of the other ends."""
        leaving: dict[int, list[int]] = {}
        entering: dict[int, list[int]] = {}
        for index, (source, target) in enumerate(self._links):
            leaving.setdefault(source, []).append(index)
            entering.setdefault(target, []).append(index)
        starts: dict[int, QPointF] = {}
        ends: dict[int, QPointF] = {}
        for ports, groups, other, side in ((starts, leaving, 1, 0.5), (ends, entering, 0, -0.5)):
            for key, indices in groups.items():
                indices.sort(key=lambda index: (place[self._links[index][other]].x(), index))
                step = min(_PORT, (CARD_WIDTH - 40) / max(len(indices) - 1, 1))
                for rank, index in enumerate(indices):
                    offset = (rank - (len(indices) - 1) / 2) * step
                    ports[index] = place[key] + QPointF(offset, side * CARD_HEIGHT)
        return starts, ends

    def _describe(self) -> None:
        if not self._cards:
            self.setAccessibleDescription("Empty")
            return
        summary = f"{len(self._cards)} cards, {len(self._links)} edges."
        if self._chosen >= 0:
            face = self._cards[self._chosen].face
            self.setAccessibleName(f"{self._title}: {face.text()}")
            summary = f"{face.text()}. {summary}"
        else:
            self.setAccessibleName(self._title)
        self.setAccessibleDescription(summary)

    def _on_theme_changed(self) -> None:
        for edge in self._edges.values():
            edge.restyle()
        self._scene.update()
