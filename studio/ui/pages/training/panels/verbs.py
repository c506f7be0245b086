"""The bar of the Train tab: start, pause, stop, and where to go with the run."""

from __future__ import annotations

from PySide6.QtWidgets import QSizePolicy, QWidget

from studio.ui.pages.training.fields import text_of_place
from studio.ui.pages.training.presenter import TrainPresenter
from studio.ui.services import Services
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import VerbBar, label

_WORDS = {
    "starting": "Starting…",
    "running": "",
    "pausing": "Pausing after this step…",
    "paused": "Paused",
    "stopping": "Stopping after this step…",
}


class TrainVerbs(VerbBar):
    """Buttons that show what can be done now; a line beside them says why something cannot."""

    def __init__(self, services: Services, presenter: TrainPresenter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._host = services.host
        self._presenter = presenter
        theme = services.theme
        self.start = Button(theme, "Start", "train.start", role="primary", icon="play")
        self.pause = Button(theme, "Pause", "train.pause", role="primary", icon="pause")
        self.stop = Button(theme, "Stop and keep", "train.stop", icon="square")
        self.stop.setToolTip("End after this step; the weights so far are saved")
        self._words = label("", "faint", wrap=True)
        self._words.setObjectName("train.state")
        self._words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.code = Button(theme, "Code", "train.code", icon="code")
        self.code.setToolTip("The plain PyTorch script that gives the same numbers")
        self.export = Button(theme, "Export…", "train.export", icon="upload")
        self.vision = Button(theme, "Vision", "train.vision", icon="image")
        self.vision.setToolTip("Drop an image on the best checkpoint of this run")
        self.add(self.start, self.pause, self.stop)
        for part, stretch in ((self._words, 1), (self.code, 0), (self.export, 0), (self.vision, 0)):
            self.layout().addWidget(part, stretch)  # type: ignore[call-arg, union-attr]  # the bar's layout is a row
        self.start.clicked.connect(presenter.start)
        self.pause.clicked.connect(self._on_pause)
        self.stop.clicked.connect(presenter.stop)
        self.show_state()

    def show_state(self) -> None:
        """Show what can be done in the presenter's state."""
        presenter = self._presenter
        state, reason = presenter.state, presenter.reason_not_to_start
        self.start.setVisible(not presenter.is_working)
        self.start.setEnabled(not reason)
        self.start.setToolTip(reason or "Train what is specified, as a new run (Ctrl+Return)")
        waits = state in ("pausing", "paused")
        if self.pause.text() != ("Resume" if waits else "Pause"):
            self.pause.set_face(*(("Resume", "play") if waits else ("Pause", "pause")))
        self.pause.setVisible(presenter.is_working)
        self.pause.setEnabled(state in ("running", "pausing", "paused"))
        self.stop.setEnabled(presenter.is_working and state != "stopping")
        self.code.setEnabled(presenter.spec is not None or bool(presenter.run.folder))
        has_model = bool(presenter.run.checkpoints) and bool(presenter.run.id)
        self.export.setEnabled(has_model)
        self.vision.setEnabled(has_model)
        self._say(self._words_for(reason), reason)

    def _words_for(self, reason: str) -> str:
        """A few words, for there is little room; a field says itself what is wrong with it."""
        presenter = self._presenter
        loading = self._host.torch_state == "loading"
        if self._host.torch_state == "missing":
            return "PyTorch is missing"
        if presenter.state == "starting" and loading:
            return "Loading PyTorch…"
        if presenter.is_working:
            return _WORDS[presenter.state]
        if reason:
            place = presenter.place_of_problem
            return f"Mend {text_of_place(place)} first" if place else reason
        return "Loading PyTorch…" if loading else ""

    def _say(self, text: str, reason: str) -> None:
        if text != self._words.text():
            self._words.setText(text)
        self._words.setToolTip(reason)

    def _on_pause(self) -> None:
        if self._presenter.state in ("pausing", "paused"):
            self._presenter.resume()
        else:
            self._presenter.pause()
