"""Makes the pictures of the README from the running program, by its controls, as a newcomer would use it.

    python resources/screenshots/make.py [--all FOLDER]

It trains, exports and classifies for real, in a workspace of its own, and needs no display. Without
`--all` it writes the pictures that the README shows, beside this file; with it every tab, in both
themes, at 1280×800 and for a screen of twice the density.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[1]))

README = ("autograd-light", "train-dark", "runs-light", "export-light", "vision-dark")
PATIENCE = 180
"""Seconds that the slowest step, a training on a busy machine, may take."""


def main() -> int:
    """Take the pictures, once for each density of the screen, each in a process of its own."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every tab, theme and size into FOLDER")
    parser.add_argument("--scale", type=int, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.scale is None:
        return max(_start_again(scale) for scale in ((1, 2) if arguments.all else (1,)))
    with tempfile.TemporaryDirectory(prefix="studio-screenshots-") as home:
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
        os.environ["PYTORCH_STUDIO_CONFIG"] = str(Path(home) / "config")
        tour = Tour(Path(home) / "first-steps")
        try:
            tour.go(arguments.all or HERE, None if arguments.all else README, arguments.scale)
        finally:
            tour.end()
    return 0


def _start_again(scale: int) -> int:
    # Qt reads its scale once, before the application is made.
    environment = {**os.environ, "QT_SCALE_FACTOR": str(scale)}
    command = [sys.executable, str(HERE / "make.py"), *sys.argv[1:], f"--scale={scale}"]
    return subprocess.run(command, env=environment, check=False).returncode


class Tour:
    """The first five minutes with the studio, through the real window."""

    def __init__(self, workspace: Path):
        from studio import app
        from studio.bridge.jobs import JobHost

        self.window = app.build(workspace=workspace)
        self.host = self.window.findChild(JobHost)

    def go(self, folder: Path, wanted: tuple[str, ...] | None, scale: int) -> None:
        """Do every step, then picture every tab in both themes."""
        from studio.ui.services import Services

        # 2560×1440 pixels at scale 2 are 1280×720 of the window's own.
        self.window.resize(1280, 800 if scale == 1 else 720)
        self.window.show()
        self.until(lambda: self.host.torch_state == "ready", "PyTorch is loaded")
        self.train()
        self.export()
        self.classify()
        self.differentiate()
        folder.mkdir(parents=True, exist_ok=True)
        theme = self.window.findChild(Services).theme
        for mode in ("dark", "light"):
            theme.set_mode(mode)
            for page in ("autograd", "train", "runs", "export", "vision"):
                name = f"{page}-{mode}"
                if wanted is None or name in wanted:
                    self.picture(page, folder / f"{name}{'@2x' if scale == 2 else ''}.png")

    def end(self) -> None:
        """Close the window, whatever happened; a window that is hidden asks nothing."""
        self.window.hide()
        self.window.close()
        self.until(lambda: self.host.has_ended_all, "all children have ended")

    def train(self) -> None:
        """Train the digits recipe."""
        self.open("train")
        recipe = self.control("train.recipe")
        self.until(lambda: recipe.findData("digits-cnn") >= 0, "the recipes are listed")
        recipe.setCurrentIndex(recipe.findData("digits-cnn"))
        self.click("train.start")
        self.until(lambda: self.control("train.export").isEnabled(), "the run is trained")
        self.open("runs")
        table = self.control("runs.table")
        self.until(lambda: table.model().rowCount() > 0, "the run is listed")
        table.selectRow(0)
        self.open("train")

    def export(self) -> None:
        """Export the run that was trained."""
        self.click("train.export")
        self.click("export.start")
        results = self.control("export.results").model()
        self.until(lambda: results.rowCount() > 0 and not self.host.running, "the run is exported")

    def classify(self) -> None:
        """Drop two photographs that scikit-learn ships on the Vision tab."""
        import sklearn

        self.open("vision")
        photographs = Path(sklearn.__file__).parent / "datasets" / "images"
        self.drop([photographs / "china.jpg", photographs / "flower.jpg"])
        answer = self.control("vision.results")
        self.until(lambda: bool(answer.accessibleDescription()), "the photographs are classified")

    def differentiate(self) -> None:
        """Run the first lesson."""
        self.open("autograd")
        self.click("autograd.run")
        self.until(self.control("autograd.gradients").isVisible, "the gradients are shown")

    def open(self, page: str) -> None:
        """Bring a tab to the front."""
        from studio.ui.services import Services

        self.window.findChild(Services).show_page.emit(page)

    def control(self, name: str):
        """The control with an object name."""
        from PySide6.QtWidgets import QWidget

        found = self.window.findChild(QWidget, name)
        if found is None:
            raise SystemExit(f"The window has no control named {name}.")
        return found

    def click(self, name: str) -> None:
        """Press a button as soon as it can be pressed."""
        button = self.control(name)
        self.until(lambda: button.isEnabled() and button.isVisible(), f"{name} can be pressed")
        button.click()

    def drop(self, paths: list[Path]) -> None:
        """Drop files onto the middle of the window."""
        from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
        from PySide6.QtGui import QDragEnterEvent, QDropEvent
        from PySide6.QtWidgets import QApplication

        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
        place = QPointF(self.window.rect().center())
        how = (Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier)
        for event in (QDragEnterEvent(place.toPoint(), *how), QDropEvent(place, *how)):
            QApplication.sendEvent(self.window, event)

    def until(self, condition: Callable[[], bool], what: str) -> None:
        """Let the window work until something has come about."""
        from PySide6.QtCore import QDeadlineTimer, QEventLoop, QTimer

        deadline = QDeadlineTimer(PATIENCE * 1000)
        while not condition():
            if deadline.hasExpired():
                raise SystemExit(f"Waited in vain for: {what}.")
            loop = QEventLoop()
            QTimer.singleShot(20, loop.quit)
            loop.exec()

    def picture(self, page: str, file: Path) -> None:
        """Write what a tab looks like."""
        from PySide6.QtCore import QDeadlineTimer

        self.open(page)
        settled = QDeadlineTimer(400)  # plots draw with the next frames
        self.until(settled.hasExpired, f"{page} is drawn")
        self.window.grab().save(str(file))
        print(file)


if __name__ == "__main__":
    raise SystemExit(main())
