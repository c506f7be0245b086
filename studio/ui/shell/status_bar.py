"""The line at the bottom: the running job with progress, rate, time left and cancel; then short words."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar, QWidget

from studio.bridge.jobs import Job, JobHost
from studio.spec.events import Ended, Event, Progressed
from studio.spec.quantities import duration
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label
from studio.ui.widgets.naming import named, set_role

_NARROWEST = 140


class ShortLabel(QLabel):
    """A line that is cut off with dots where there is no room; resting on it shows the whole."""

    def __init__(self, text: str, name: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        set_role(self, "edge")
        self.setObjectName(name)
        self.setText(text)

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(min(hint.width(), _NARROWEST), hint.height())

    def paintEvent(self, event: QPaintEvent) -> None:
        area = self.contentsRect()
        shown = self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, area.width())
        self.setToolTip(self.text() if shown != self.text() else "")
        painter = QPainter(self)
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, shown)


class StatusBar(QStatusBar):
    """Follows the newest job that works for the user."""

    def __init__(self, host: JobHost, theme: Theme, workspace_name: str, parent: QWidget | None = None):
        super().__init__(parent)
        self._host = host
        self._job: Job | None = None
        self.setSizeGripEnabled(False)
        named(self, "status", "Status")
        self._words = ShortLabel("Ready", "status.text")
        self._bar = named(QProgressBar(), "status.progress", "Progress of the running job")
        self._bar.setFixedWidth(180)
        self._bar.setRange(0, 1000)
        self._bar.setTextVisible(False)
        self._numbers = label("")
        self._numbers.setObjectName("status.numbers")
        self._cancel = Button(
            theme, "Cancel", "status.cancel", role="quiet", icon="x", accessible_name="Cancel the running job"
        )
        self._workspace = ShortLabel(f"Workspace: {workspace_name}", "status.workspace")
        for part in (self._words, self._bar, self._numbers, self._cancel):
            self.addWidget(part)
        self.addPermanentWidget(self._workspace)
        self._cancel.clicked.connect(self._on_cancel)
        host.job_started.connect(self._on_started)
        host.job_ended.connect(self._on_ended)
        self._show_job(False)

    def say(self, text: str) -> None:
        """Show a short text; it stays until the next."""
        self._words.setText(text)

    def _on_started(self, job: Job) -> None:
        if not job.kind.background:
            self._follow(job)

    def _follow(self, job: Job) -> None:
        if self._job is not None:
            self._job.received.disconnect(self._on_received)
        self._job = job
        job.received.connect(self._on_received)
        self._bar.setRange(0, 0)  # no length is known yet: the bar shows that something moves
        self._numbers.setText("")
        self._words.setText(f"{job.title}…")
        self._show_job(True)

    def _on_received(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, Progressed):
                self._show_progress(event)

    def _show_progress(self, event: Progressed) -> None:
        if event.total <= 0:
            return
        share = min(1.0, event.done / event.total)
        self._bar.setRange(0, 1000)
        self._bar.setValue(round(share * 1000))
        parts = [f"{share:.0%}".replace("%", " %")]
        if event.rate > 0:
            digits = 0 if event.rate >= 10 else 1
            parts.append(f"{event.rate:,.{digits}f} {event.unit}/s")
        if event.seconds_left is not None:
            parts.append(f"{duration(event.seconds_left)} left")
        self._numbers.setText(" · ".join(parts))
        if event.text:
            self._words.setText(event.text)

    def _on_ended(self, job: Job, ended: Ended) -> None:
        if job is not self._job:
            return
        self._job = None
        word = {"finished": "finished", "stopped": "stopped", "failed": "failed"}[ended.outcome]
        self._words.setText(f"{job.title} {word}" + (f": {ended.error.what}" if ended.error else ""))
        self._show_job(False)
        if still_running := self._host.running:
            self._follow(still_running[-1])

    def _on_cancel(self) -> None:
        if self._job is not None:
            self._words.setText(f"Stopping {self._job.title.lower()}…")
            self._job.stop()

    def _show_job(self, is_running: bool) -> None:
        for part in (self._bar, self._numbers, self._cancel):
            part.setVisible(is_running)
