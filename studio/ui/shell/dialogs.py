"""The window's dialogs: an unexpected error, closing while work runs, help, about, shortcuts."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from typing import Literal

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QPlainTextEdit, QTextBrowser, QVBoxLayout, QWidget

import studio
from studio.resources import resource
from studio.spec.errors import ErrorReport
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import label, row
from studio.ui.widgets.markdown import show_markdown
from studio.ui.widgets.naming import named, set_role

CloseChoice = Literal["keep", "save", "cancel"]
_SAVING = (
    "Stop and save ends it after its next step and keeps everything up to there; a stopped run can be resumed "
    "later from the Runs tab. Discard ends it at once: what it saved before stays."
)
_NOT_SAVING = "Closing stops it. Files that are finished stay; the one that is being made is not kept."


class ErrorDialog(QDialog):
    """An error that belongs to no page: three parts, details folded, a copy button."""

    def __init__(self, theme: Theme, report: ErrorReport, parent: QWidget):
        super().__init__(parent)
        named(self, "error", "An error")
        self.setWindowTitle("PyTorch Studio")
        self.setMinimumWidth(520)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._report = report
        title = label(report.what, "title", wrap=True)
        text = label(" ".join(part for part in (report.why, report.remedy) if part), "muted", wrap=True)
        self._details = named(QPlainTextEdit(report.details), "error.text", "Details of the error")
        self._details.setReadOnly(True)
        set_role(self._details, "code")
        self._details.setMinimumHeight(220)
        self._details.hide()
        self._unfold = Button(theme, "Details", "error.details", role="quiet", icon="chevron-right")
        copy = Button(theme, "Copy", "error.copy", role="quiet", icon="copy")
        close = Button(theme, "Go on", "error.close", role="primary")
        self._unfold.setVisible(bool(report.details))
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        for part in (title, text, self._details, row(self._unfold, copy, None, close)):
            layout.addWidget(part)
        self._unfold.clicked.connect(self._on_unfold)
        copy.clicked.connect(self._on_copy)
        close.clicked.connect(self.accept)
        close.setDefault(True)

    def _on_unfold(self) -> None:
        self._details.setVisible(self._details.isHidden())
        self._unfold.set_face("Details", "chevron-right" if self._details.isHidden() else "chevron-down")
        self.adjustSize()

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(f"{self._report.line()}\n\n{self._report.details}")


class CloseDialog(QDialog):
    """Asked when the window closes while work runs: keep running, stop and save, or cancel the work."""

    def __init__(self, theme: Theme, running: list[str], *, saves: bool, parent: QWidget):
        super().__init__(parent)
        named(self, "close", "Work is running")
        self.setWindowTitle("Work is running")
        self.setMinimumWidth(480)
        self.choice: CloseChoice = "keep"
        names = " and ".join(name.lower() for name in running)
        verb = "is" if len(running) == 1 else "are"
        title = label(f"{names.capitalize()} {verb} still going on.", "title", wrap=True)
        text = label(_SAVING if saves else _NOT_SAVING, "muted", wrap=True)
        keep = Button(theme, "Keep running", "close.keep")
        discard = Button(theme, "Discard and close", "close.discard")
        save = Button(theme, "Stop, save and close" if saves else "Stop and close", "close.save", role="primary")
        discard.setVisible(saves)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 18, 20, 16)
        layout.setSpacing(10)
        for part in (title, text, row(keep, None, discard, save)):
            layout.addWidget(part)
        keep.clicked.connect(self.reject)
        discard.clicked.connect(self._on_discard)
        save.clicked.connect(self._on_save)
        save.setDefault(True)

    def _on_discard(self) -> None:
        self.choice = "cancel"
        self.accept()

    def _on_save(self) -> None:
        self.choice = "save"
        self.accept()


class TextDialog(QDialog):
    """A page of help in Markdown; links between help pages work."""

    def __init__(self, theme: Theme, title: str, markdown: str, parent: QWidget):
        super().__init__(parent)
        named(self, "help", title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.resize(720, 600)
        set_role(self, "panel")
        self._browser = named(QTextBrowser(), "help.text", title)
        self._browser.setOpenLinks(False)
        self._theme = theme
        show_markdown(self._browser, markdown, theme)
        self._browser.anchorClicked.connect(self._on_link)
        self._browser.document().setDocumentMargin(16)
        close = Button(theme, "Close", "help.close")
        close.clicked.connect(self.accept)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(4, 4, 4, 12)
        layout.addWidget(self._browser, 1)
        layout.addWidget(row(None, close, margins=(0, 0, 12, 0)))

    def _on_link(self, url: QUrl) -> None:
        name = url.fileName()
        if name.endswith(".md"):
            show_markdown(self._browser, help_page(name), self._theme)


def help_page(name: str) -> str:
    """The Markdown text of a help page, such as ``"train.md"``.

    Raises:
        FileNotFoundError: there is no such page.
    """
    return resource("help", name).read_text(encoding="utf-8")


def about_text() -> str:
    """What the studio is, and which versions it runs on, as Markdown; imports none of them."""
    lines = [f"# PyTorch Studio {studio.__version__}", "", "See, train, judge, export and run PyTorch models.", ""]
    lines += ["| package | version |", "|---|---|", f"| Python | {platform.python_version()} |"]
    for package in ("torch", "torchvision", "onnx", "onnxruntime", "PySide6", "pyqtgraph"):
        try:
            found = version(package)
        except PackageNotFoundError:
            found = "not installed"
        lines.append(f"| {package} | {found} |")
    lines += ["", "MIT licence. Fonts: Inter and JetBrains Mono (SIL Open Font License). Icons: Lucide (ISC)."]
    return "\n".join(lines)
