"""The right panel of the Export tab: what the verdict on a file rests on, what is in it, how to use it."""

from __future__ import annotations

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QGuiApplication
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from studio.scripting.using_files import usage_script
from studio.spec.exports import ExportedFile, format_info
from studio.ui.pages.exporting.presenter import ExportPresenter
from studio.ui.pages.exporting.wording import proof_facts
from studio.ui.services import Services
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.layout import KeyValues, Panel, Section, label, row
from studio.ui.widgets.naming import named, set_role
from studio.ui.widgets.notice import Notice

_WIDTH = 300
"""Wide enough for a message with its buttons."""

_TEACHING = (
    "Every file is loaded back by the program that would run it, and asked the same questions as the model. "
    "Here you then see on how many samples, how far apart the answers are, and how exact the model itself is."
)


class ProofPanel(Panel):
    """Shows the file that is selected in the table."""

    def __init__(self, services: Services, presenter: ExportPresenter, parent: QWidget | None = None):
        super().__init__(264, _WIDTH, parent)
        theme = services.theme
        self._services = services
        self._presenter = presenter
        self._file: ExportedFile | None = None
        self._proof = Section("Proof")
        self._teaching = label(_TEACHING, "muted", wrap=True)
        self._facts = KeyValues()
        self._notice = Notice(theme, "export.file_notice")
        for part in (self._teaching, self._notice, self._facts):
            self._proof.add(part)
        self._inside = Section("Inside the file")
        card = set_role(QFrame(), "raised")
        column = QVBoxLayout(card)
        column.setContentsMargins(10, 8, 10, 8)
        self._inside_text = label("", "muted", wrap=True)
        column.addWidget(self._inside_text)
        self._inside.add(card)
        self._notes = label("", "faint", wrap=True)
        self._inside.add(self._notes)
        self._use = Section("Use it")
        self._snippet = named(QPlainTextEdit(), "export.snippet", "How to use the file, in Python")
        self._snippet.setReadOnly(True)
        self._snippet.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        set_role(self._snippet, "code")
        self._use.add(self._snippet)
        self._copy = Button(theme, "Copy", "export.copy_snippet", icon="copy", accessible_name="Copy the snippet")
        self._copy_sha = Button(
            theme, "SHA-256", "export.copy_sha", icon="copy", accessible_name="Copy the SHA-256 of the file"
        )
        self._folder = Button(theme, "Open folder", "export.open_folder")
        self._vision = Button(theme, "Open in Vision", "export.open_in_vision")
        self._use.add(row(self._copy, self._copy_sha, None))
        self._use.add(row(self._vision, self._folder, None))
        for section in (self._proof, self._inside, self._use):
            self.add(section)
        self.close_column()
        self._copy.clicked.connect(self._on_copy)
        self._copy_sha.clicked.connect(self._on_copy_sha)
        self._folder.clicked.connect(self.open_folder)
        self._vision.clicked.connect(self._on_open_in_vision)
        presenter.changed.connect(self.render_state)
        self.render_state()

    def render_state(self) -> None:
        """Show the presenter's file."""
        file = self._presenter.file
        if file is not None and file == self._file:
            return
        self._file = file
        is_good = file is not None and file.is_good
        self._teaching.setVisible(file is None)
        self._facts.setVisible(file is not None)
        self._inside.setVisible(is_good)
        self._use.setVisible(is_good)
        self._proof.set_summary(format_info(file.format).title if file else "")
        if file is None or file.error is None:
            self._notice.clear()
        else:
            self._notice.show_report(file.error)
        if file is None:
            return
        self._facts.set_facts(proof_facts(file))
        self._facts.setToolTip(file.sha256 or "")
        self._inside_text.setText(file.inside[:1].upper() + file.inside[1:] + ".")
        self._notes.setText("\n".join(file.notes))
        self._notes.setVisible(bool(file.notes))
        if is_good:
            self._show_snippet(usage_script(file))

    def open_folder(self) -> None:
        """Show the folder of the files in the system's file manager."""
        QDesktopServices.openUrl(QUrl.fromLocalFile(self._presenter.exported_folder))

    def _show_snippet(self, text: str) -> None:
        self._snippet.setPlainText(text.rstrip())
        lines = self._snippet.document().blockCount()
        height = self._snippet.fontMetrics().lineSpacing() * (lines + 1)
        self._snippet.setFixedHeight(height + 22)

    def _on_copy(self) -> None:
        QGuiApplication.clipboard().setText(self._snippet.toPlainText() + "\n")
        self._services.status("The snippet is on the clipboard.")

    def _on_copy_sha(self) -> None:
        if self._file is not None and self._file.sha256:
            QGuiApplication.clipboard().setText(self._file.sha256)
            self._services.status("The SHA-256 is on the clipboard.")

    def _on_open_in_vision(self) -> None:
        if self._file is not None and self._file.path:
            self._services.open_in_vision.emit(self._file.path)
