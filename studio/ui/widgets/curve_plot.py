"""A plot of curves that grow while work runs: title, legend, logarithm, smoothing, table, text and keys.

NumPy comes with the first point and pyqtgraph when points are first seen: the window starts without them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QSize, Qt, QTimer
from PySide6.QtGui import QActionGroup, QContextMenuEvent, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QSizePolicy, QToolButton, QVBoxLayout, QWidget

from studio.ui.widgets.layout import label
from studio.ui.widgets.plot_canvas import PlotCanvas
from studio.ui.widgets.plot_content import PlotContent

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from studio.spec.events import Series
    from studio.ui.theme.theme import Theme
    from studio.ui.widgets.plot_curve import Curve

_HEADER_HEIGHT = 30
SMOOTHINGS = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95, 0.98, 0.99)


def smoothing_window(smoothing: float) -> int:
    """Points whose mean is as steady as an exponential average of weight `smoothing` (0 to below 1)."""
    return max(1, round((1 + smoothing) / (1 - smoothing)))


def _series_index(curve: Curve) -> int:
    return curve.series_index


def _new_curve(name: str, series_index: int, *, as_points: bool = False, solid: bool = False) -> Curve:
    from studio.ui.widgets.plot_curve import Curve  # brings NumPy

    return Curve(name, series_index, as_points=as_points, solid=solid)


class Legend(QWidget):
    """A short sample of each line with its name."""

    def __init__(self, theme: Theme, content: PlotContent, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._content = content
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        metrics = QFontMetricsF(self.font())
        wide = sum(metrics.horizontalAdvance(name) + 30 for name in self._content.curves)
        return QSize(int(wide), int(metrics.height()) + 4)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        metrics = QFontMetricsF(self.font())
        x, middle = 0.0, self.height() / 2
        for curve in sorted(self._content.curves.values(), key=_series_index):
            pen = QPen(self._theme.color(curve.colour), 2, curve.dash)
            if curve.dash == Qt.PenStyle.DashLine:
                pen.setDashPattern([2.5, 1.5])
            painter.setPen(pen)
            if curve.as_points:
                painter.setBrush(self._theme.color(curve.colour))
                painter.drawEllipse(QPointF(x + 6, middle), 2, 2)
            else:
                painter.drawLine(QPointF(x, middle), QPointF(x + 13, middle))
            painter.setPen(self._theme.color("muted"))
            wide = metrics.horizontalAdvance(curve.name)
            painter.drawText(QPointF(x + 18, middle + metrics.ascent() / 2 - 1), curve.name)
            x += wide + 30
        painter.end()


class CurvePlot(QFrame):
    """A card with curves. Drawn at most once a turn of the event loop, and only while it is seen.

    Args:
        theme: gives colours.
        title: stands at the top left and begins the accessible summary.
        unit: of the values; ``"%"`` shows fractions as per cent.
    """

    def __init__(self, theme: Theme, title: str, unit: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.canvas = PlotCanvas(theme, self)
        self._content = self.canvas.content
        self._content.set_unit(unit)
        self._title = label(title, "strong", parent=self)
        self._legend = Legend(theme, self._content, self)
        self._note = label("", "faint", parent=self)
        self._log = self._button("log", "Show values on a logarithmic axis", checkable=True)
        self._log.toggled.connect(self.set_log)
        self._smooth = self._button("smooth 0", "Draw the mean of the last points over the faint curve")
        self._smoothing_menu = self._make_smoothing_menu()
        self._smooth.clicked.connect(self._on_smooth_clicked)
        header = QHBoxLayout()
        header.setSpacing(4)
        header.addStrut(_HEADER_HEIGHT)
        for widget in (self._title, None, self._note, self._legend, self._log, self._smooth):
            header.addWidget(widget) if widget else header.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(12, 8, 6, 6)
        layout.setSpacing(6)
        layout.addLayout(header)
        layout.addWidget(self.canvas, 1)
        self._describe_later = QTimer(self)
        self._describe_later.setSingleShot(True)
        self._describe_later.setInterval(1000)
        self._describe_later.timeout.connect(self._describe)
        self.canvas.pointed.connect(self._on_pointed)
        self._describe()

    def set_curve(
        self, name: str, steps: ArrayLike, values: ArrayLike, series_index: int = 0, *, solid: bool = False
    ) -> None:
        """Draw a curve, in place of the one of that name; steps and values have shape (N,).

        The index gives colour and dash; a curve that stands alone may be `solid`.
        """
        curve = _new_curve(name, series_index, solid=solid)
        curve.points.append(steps, values)
        self._put(curve)

    def set_points(self, name: str, x: ArrayLike, y: ArrayLike, series_index: int = 0) -> None:
        """Draw separate points, in place of the curve of that name; x must not fall."""
        curve = _new_curve(name, series_index, as_points=True)
        curve.points.append(x, y)
        self._put(curve)

    def extend(self, name: str, series: Series, series_index: int | None = None, *, solid: bool = False) -> None:
        """Add points to a curve, which begins with them where there is none of that name."""
        curve = self._content.curves.get(name)
        if curve is None:
            index = len(self._content.curves) if series_index is None else series_index
            curve = _new_curve(name, index, solid=solid)
            self._put(curve)
        curve.points.append(series.steps, series.values)
        self._touch()

    def clear(self) -> None:
        """Take every curve and mark away."""
        self._content.clear()
        self._legend.updateGeometry()
        self._legend.update()
        self._touch()

    def remove(self, name: str) -> None:
        """Take one curve away, if it is there."""
        if self._content.curves.pop(name, None) is not None:
            self._content.ranges.forget_y()
            self._legend.updateGeometry()
            self._legend.update()
            self._touch()

    def set_title(self, title: str, unit: str = "") -> None:
        """Say what is shown, and in which unit (``"%"`` shows fractions as per cent)."""
        self._title.setText(title)
        self._content.set_unit(unit)
        self._touch()

    def set_note(self, text: str) -> None:
        """A few faint words at the top right."""
        self._note.setText(text)

    def set_empty_text(self, text: str) -> None:
        """What stands there as long as there is no curve."""
        self.canvas.empty_text = text

    def set_steps(self, expected_end: float, per_unit: float = 1.0, word: str = "step") -> None:
        """Show steps from 0 to `expected_end`, labelled in units of `per_unit` steps called `word`."""
        self._content.ranges.expected_end = expected_end
        self._content.steps_per_unit = max(per_unit, 1e-9)
        self._content.step_word = word if per_unit == 1.0 else "step"
        self._content.axis_word = word
        self._touch()

    def set_across(self, word: str, *, from_zero: bool) -> None:
        """What lies along the axis across, where it is not steps, and whether that axis begins at 0."""
        self._content.step_word = word
        self._content.axis_word = ""
        self._content.ranges.from_zero = from_zero
        self._touch()

    def set_marks(self, steps: Sequence[float], *, shows_now: bool = False) -> None:
        """Tick the steps of checkpoints at the foot; `shows_now` draws a line at the newest point."""
        self._content.marks = list(steps)
        self._content.shows_now = shows_now
        self._touch()

    def set_controls(self, *, log: bool, smooth: bool) -> None:
        """Which of the header's controls are there."""
        self._log.setVisible(log)
        self._smooth.setVisible(smooth)

    def set_log(self, log: bool) -> None:
        """Use a logarithmic axis for the values."""
        self._log.setChecked(log)
        self._content.ranges.log = log
        self._content.ranges.forget_y()
        self._touch()

    def set_smoothing(self, smoothing: float) -> None:
        """Draw trailing means, as steady as an exponential average of that weight (0: off)."""
        self._content.window = smoothing_window(smoothing)
        self._smooth.setText(f"smooth {smoothing:g}")
        for action in self._smoothing_menu.actions():
            action.setChecked(action.data() == smoothing)
        self._touch()

    def summary(self) -> str:
        """The plot in words: one sentence a curve."""
        content = self._content
        if not content.has_points:
            return f"{self._title.text()}: {self.canvas.empty_text or 'no points yet'}"
        sentences = [curve.sentence(content.factor, content.unit) for curve in content.curves.values()]
        return f"{self._title.text()}. {' '.join(sentences)}"

    def curves(self) -> Mapping[str, Curve]:
        """The curves by name."""
        return self._content.curves

    def show_table(self) -> None:
        """Open the points as a table, which can be copied."""
        from studio.ui.widgets.curve_table import CurveTable

        table = CurveTable(self._title.text(), list(self._content.curves.values()), self)
        table.setObjectName(f"{self.objectName() or 'plot'}.table")
        table.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        table.open()

    def _put(self, curve: Curve) -> None:
        self._content.curves[curve.name] = curve
        self._legend.updateGeometry()
        self._legend.update()
        self._touch()

    def _touch(self) -> None:
        self.canvas.draw_later()
        if not self._describe_later.isActive():
            self._describe_later.start()

    def _describe(self) -> None:
        self.canvas.setAccessibleName(f"{self._title.text()}, a plot; arrow keys walk the points")
        self.canvas.setAccessibleDescription(self.summary())
        self.setAccessibleName(self._title.text())

    def _on_pointed(self, text: str) -> None:
        self.canvas.setAccessibleDescription(text or self.summary())

    def _on_smooth_clicked(self) -> None:
        self._smoothing_menu.popup(self._smooth.mapToGlobal(self._smooth.rect().bottomLeft()))

    def _on_smoothing_chosen(self) -> None:
        chosen = self._smoothing_group.checkedAction()
        if chosen is not None:
            self.set_smoothing(float(chosen.data()))

    def _button(self, text: str, tip: str, *, checkable: bool = False) -> QToolButton:
        button = QToolButton(self)
        button.setText(text)
        button.setToolTip(tip)
        button.setAccessibleName(tip)
        button.setCheckable(checkable)
        button.setProperty("role", "quiet")
        button.setMaximumHeight(_HEADER_HEIGHT)
        return button

    def _make_smoothing_menu(self) -> QMenu:
        menu = QMenu(self)
        self._smoothing_group = QActionGroup(menu)
        for smoothing in SMOOTHINGS:
            window = smoothing_window(smoothing)
            text = f"{smoothing:g}   (mean of {window} points)" if window > 1 else "0   (every point)"
            action = menu.addAction(text)
            action.setCheckable(True)
            action.setChecked(smoothing == 0)
            action.setData(smoothing)
            self._smoothing_group.addAction(action)
        self._smoothing_group.triggered.connect(self._on_smoothing_chosen)
        return menu

    def setObjectName(self, name: str) -> None:
        super().setObjectName(name)
        self.canvas.setObjectName(f"{name}.canvas")
        self._log.setObjectName(f"{name}.log")
        self._smooth.setObjectName(f"{name}.smooth")

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction("Show as table…", self.show_table).setEnabled(self._content.has_points)
        menu.addAction("Show everything", self.canvas.show_everything).setEnabled(self._content.has_points)
        menu.popup(event.globalPos())
