"""The Runs tab: the table of runs, their curves over each other, everything about one, and what to do with it."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QHideEvent, QShowEvent
from PySide6.QtWidgets import QMessageBox, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from studio.runs.adopting import is_run_folder
from studio.spec.errors import ErrorReport
from studio.ui.pages.runs.panels.comparison import ComparisonPanel
from studio.ui.pages.runs.panels.details import DetailsPanel
from studio.ui.pages.runs.panels.empty import EmptyState
from studio.ui.pages.runs.panels.filters import FilterBar
from studio.ui.pages.runs.panels.table import RunsTable
from studio.ui.pages.runs.presenter import RunsPresenter
from studio.ui.services import Services
from studio.ui.shell.actions import Action
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.code_dialog import CodeDialog
from studio.ui.widgets.layout import PageFrame, VerbBar
from studio.ui.widgets.naming import named
from studio.ui.widgets.notice import Notice

_READING, _NO_RUN, _NO_MATCH, _TABLE = range(4)


class RunsPage(QWidget):
    """Renders the presenter's state and passes on what the user does."""

    title = "Runs"
    icon_name = "list"

    def __init__(self, services: Services, parent: QWidget | None = None):
        super().__init__(parent)
        self._services = services
        theme = services.theme
        self.presenter = RunsPresenter(services.host, services.workspace.root, self)
        self._undoable: tuple[str, ...] = ()
        self._notice = Notice(theme, "runs.notice", self)
        self._filters = FilterBar(self.presenter, theme)
        self._make_verbs()
        self.table = RunsTable(self.presenter, theme)
        self.comparison = ComparisonPanel(self.presenter, theme)
        self.details = DetailsPanel(self.presenter, theme)
        self.frame = PageFrame(theme, "runs", middle=self._make_middle(), right=self.details, verbs=self._verbs)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.frame)
        self._connect()
        self._on_listed()
        self._on_selection_changed()

    def actions(self) -> list[Action]:
        """What can be done with runs."""
        return [
            Action("runs.refresh", "Read the runs again", "View", self.presenter.refresh, "F5", "refresh-cw"),
            Action("runs.find", "Filter the runs", "Edit", self.focus_filter, "Ctrl+F", "search"),
            Action("runs.compare", "Compare the selected runs", "Run", self.compare, "Ctrl+D", "chart-line"),
            Action("runs.export", "Open the run in Export", "Run", self.open_in_export, "Ctrl+Shift+E", "upload"),
            Action("runs.vision", "Open the run in Vision", "Run", self.open_in_vision, "Ctrl+Shift+V", "image"),
            Action("runs.resume", "Go on with the run", "Run", self.resume, "Ctrl+Shift+R", "play"),
            Action(
                "runs.folder", "Show the run's folder", "File", self.show_folder, "Ctrl+Shift+O", "folder-open"
            ),
            Action("runs.delete", "Delete the selected runs…", "Edit", self.ask_to_delete, "Ctrl+Del", "trash-2"),
            Action("runs.undo", "Put deleted runs back", "Edit", self.undo, "Ctrl+Z", "undo-2"),
            Action("runs.empty_trash", "Empty the trash…", "Edit", self.ask_to_empty_trash, "Ctrl+Shift+Del", "x"),
        ]

    def drop_hint(self, paths: list[Path]) -> str:
        """Run folders are taken in as copies."""
        if not paths or not all(is_run_folder(path) for path in paths):
            return ""
        return "Add a copy of this run" if len(paths) == 1 else f"Add copies of these {len(paths)} runs"

    def take_drop(self, paths: list[Path]) -> None:
        """Copy run folders into the workspace."""
        for path in paths:
            self.presenter.adopt(path)

    def focus_filter(self) -> None:
        """Put the keyboard into the filter."""
        self._filters.words.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._filters.words.selectAll()

    def compare(self) -> None:
        """Give the comparison room, and the keyboard."""
        if len(self.presenter.selected) < 2:
            self._services.status("Select two or more runs to compare them.")
            return
        height = self._split.height()
        self._split.setSizes([height // 3, height - height // 3])
        self.comparison.focus_differences()

    def open_in_export(self) -> None:
        """Ask the Export tab to take the current run's best checkpoint."""
        if reference := self._reference():
            self._services.open_in_export.emit(reference)

    def open_in_vision(self) -> None:
        """Ask the Vision tab to use the current run's best checkpoint."""
        if reference := self._reference():
            self._services.open_in_vision.emit(reference)

    def resume(self) -> None:
        """Ask the Train tab to go on with the current run."""
        current = self.presenter.current
        if current is not None and self.presenter.can_resume:
            self._services.resume_run.emit(current.id)
        else:
            self._services.status("Select a run that was stopped, interrupted or failed to go on with it.")

    def show_code(self) -> None:
        """Show the script that repeats the current run without the studio."""
        current = self.presenter.current
        if current is None or not self.presenter.script:
            self._services.status("Select a run to see its code.")
            return
        dialog = CodeDialog(
            self._services.theme,
            object_name="runs.code_dialog",
            words=f"This is run {current.id} as plain PyTorch: it needs no studio and gives the same numbers.",
            script=self.presenter.script,
            name=current.id,
            parent=self,
        )
        dialog.open()

    def show_folder(self) -> None:
        """Open the current run's folder in the system's file manager."""
        current = self.presenter.current
        folder = (
            self._services.workspace.runs / current.id if current is not None else self._services.workspace.runs
        )
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder)))

    def ask_to_delete(self) -> None:
        """Delete the selected runs once the user agrees."""
        if not self.presenter.can_delete:
            self._services.status("Select runs that have ended to delete them.")
            return
        runs = list(self.presenter.selected)
        which = f"Delete run {runs[0]}?" if len(runs) == 1 else f"Delete {len(runs)} runs?"
        whom = "It goes" if len(runs) == 1 else "They go"
        text = f"{whom} to the trash folder of the workspace and can be put back."
        box = self._question("runs.delete_dialog", which, text, "Delete")
        # These runs and no others: the list goes on while the question stands.
        box.buttonClicked.connect(partial(self._on_delete_answered, runs))
        box.open()

    def ask_to_empty_trash(self) -> None:
        """Remove for good what was deleted, once the user agrees."""
        text = "The runs that were deleted are removed from the disk, and cannot be put back any more."
        box = self._question("runs.trash_dialog", "Empty the trash?", text, "Empty")
        box.buttonClicked.connect(self._on_empty_answered)
        box.open()

    def undo(self) -> None:
        """Put the runs back that were deleted last."""
        if self._undoable:
            self.presenter.restore(list(self._undoable))

    def _question(self, name: str, what: str, text: str, verb: str) -> QMessageBox:
        """A question that Return answers with no."""
        box = QMessageBox(QMessageBox.Icon.Question, "Runs", what, parent=self)
        named(box, name, what)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setInformativeText(text)
        yes = box.addButton(verb, QMessageBox.ButtonRole.DestructiveRole)
        named(yes, f"{name}.yes", verb)
        no = box.addButton("Keep", QMessageBox.ButtonRole.RejectRole)
        named(no, f"{name}.no", "Keep")
        box.setDefaultButton(no)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        return box

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.presenter.set_watching(True)

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.presenter.set_watching(False)

    def _connect(self) -> None:
        presenter, services = self.presenter, self._services
        presenter.listed.connect(self._on_listed)
        presenter.listed.connect(self._on_selection_changed)
        presenter.selection_changed.connect(self._on_selection_changed)
        presenter.details_changed.connect(self._on_selection_changed)
        presenter.runs_moved.connect(self._on_runs_moved)
        presenter.trash_emptied.connect(self._on_trash_emptied)
        presenter.refused.connect(self._on_refused)
        presenter.warned.connect(self._on_warned)
        services.runs_changed.connect(presenter.refresh)
        services.open_run.connect(presenter.show_run)
        self._notice.action_chosen.connect(self._on_remedy)
        self.table.activated_run.connect(self._on_activated)
        self._filters.left_downwards.connect(self._on_left_downwards)

    def _make_verbs(self) -> None:
        theme = self._services.theme
        self._verbs = VerbBar()
        self._export = Button(theme, "Open in Export", "runs.open_in_export", role="primary", icon="upload")
        self._vision = Button(theme, "Open in Vision", "runs.open_in_vision", icon="image")
        self._resume = Button(
            theme, "Go on", "runs.resume", icon="play", tool_tip="Train on from the last checkpoint"
        )
        self._compare = Button(
            theme, "Compare", "runs.compare", icon="chart-line", tool_tip="Select two or more runs first"
        )
        self._code = Button(
            theme, "Code", "runs.code", icon="code", tool_tip="The same training as a plain PyTorch script"
        )
        self._folder = Button(theme, "Show folder", "runs.show_folder", icon="folder-open")
        self._delete = Button(theme, "Delete…", "runs.delete", icon="trash-2")
        self._verbs.add(self._export, self._vision, self._resume, self._compare)
        self._verbs.add_at_end(self._code, self._folder, self._delete)
        for button, slot in (
            (self._export, self.open_in_export),
            (self._vision, self.open_in_vision),
            (self._resume, self.resume),
            (self._compare, self.compare),
            (self._code, self.show_code),
            (self._folder, self.show_folder),
            (self._delete, self.ask_to_delete),
        ):
            button.clicked.connect(slot)

    def _make_middle(self) -> QWidget:
        theme = self._services.theme
        train = Button(theme, "Train one", "runs.train_one", role="primary", icon="play")
        train.clicked.connect(self._on_train_one)
        clear = Button(theme, "Show every run", "runs.clear_filter", icon="x")
        clear.clicked.connect(self._filters.clear)
        teaching = (
            "Every training leaves a run here: its specification, its curves, its checkpoints and a script that "
            "repeats it. Two of them side by side show what a change was worth."
        )
        self._no_match = EmptyState(theme, icon="filter", title="No run matches", text="", button=clear)
        self._stack = QStackedWidget()
        self._stack.addWidget(EmptyState(theme, icon="clock", title="Reading the runs", text=""))
        self._stack.addWidget(
            EmptyState(theme, icon="chart-line", title="No run yet", text=teaching, button=train)
        )
        self._stack.addWidget(self._no_match)
        self._stack.addWidget(self.table)
        self._split = QSplitter(Qt.Orientation.Vertical)
        self._split.setObjectName("runs.split")
        self._split.setChildrenCollapsible(False)
        self._split.setHandleWidth(1)
        self._stack.setContentsMargins(0, 0, 0, 10)
        self._split.addWidget(self._stack)
        self._split.addWidget(self.comparison)
        self._split.setStretchFactor(0, 3)
        self._split.setStretchFactor(1, 2)
        self._stack.setMinimumHeight(150)
        self.comparison.setMinimumHeight(230)
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(14, 14, 14, 14)
        column.setSpacing(10)
        for widget in (self._notice, self._filters):
            column.addWidget(widget)
        column.addWidget(self._split, 1)
        return middle

    def _reference(self) -> str:
        current = self.presenter.current
        if current is None:
            self._services.status("Select a run first.")
            return ""
        return f"run:{current.id}@best"

    def _on_listed(self) -> None:
        presenter = self.presenter
        state = _TABLE
        if not presenter.rows:
            state = _NO_RUN if presenter.is_loaded else _READING
        elif not presenter.shown:
            state = _NO_MATCH
            wanted = f"“{presenter.filter}”" if presenter.filter else f"the state “{presenter.status}”"
            self._no_match.text.setText(f"None of the {len(presenter.rows):,} runs fits {wanted}.")
        self._stack.setCurrentIndex(state)
        self.comparison.setVisible(bool(presenter.rows))

    def _on_selection_changed(self) -> None:
        presenter = self.presenter
        chosen = presenter.current is not None
        for button in (self._export, self._vision):
            button.setEnabled(chosen)
        self._resume.setEnabled(presenter.can_resume)
        self._compare.setEnabled(len(presenter.selected) > 1)
        self._code.setEnabled(bool(presenter.script))
        self._folder.setEnabled(chosen)
        self._delete.setEnabled(presenter.can_delete)

    def _on_left_downwards(self) -> None:
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)

    def _on_train_one(self) -> None:
        self._services.show_page.emit("train")

    def _on_activated(self, run_id: str) -> None:
        self.presenter.show_run(run_id)
        self.show_folder()

    def _on_delete_answered(self, runs: list[str], button: QWidget) -> None:
        if button.objectName() == "runs.delete_dialog.yes":
            self.presenter.delete(runs)

    def _on_empty_answered(self, button: QWidget) -> None:
        if button.objectName() == "runs.trash_dialog.yes":
            self.presenter.empty_trash()

    def _on_trash_emptied(self, count: int) -> None:
        self._undoable = ()
        what = {0: "The trash was empty.", 1: "1 run is removed for good."}.get(count)
        self._notice.show_message(
            "good", what or f"{count:,} runs are removed for good.", name="runs.trash_emptied"
        )

    def _on_runs_moved(self, ids: tuple[str, ...], deleted: bool) -> None:
        what = f"Run {ids[0]}" if len(ids) == 1 else f"{len(ids)} runs"
        verb = "is" if len(ids) == 1 else "are"
        self._undoable = ids if deleted else ()
        if deleted:
            text = "The files are in the trash folder of the workspace."
            self._notice.show_message(
                "info",
                f"{what} {verb} deleted.",
                text,
                name="runs.deleted",
                action="runs.undo",
                action_title="Undo",
            )
        else:
            self._notice.show_message("good", f"{what} {verb} back.", name="runs.restored")
            self.presenter.select(list(ids))
        self.table.setFocus(Qt.FocusReason.OtherFocusReason)
        self._services.runs_changed.emit()

    def _on_refused(self, report: ErrorReport | None) -> None:
        if report is None:
            self._notice.clear()
        else:
            self._notice.show_report(report)

    def _on_warned(self, name: str, text: str) -> None:
        self._notice.show_message("warn", "The list of runs was made anew.", text, name=name)
        self._services.log(text)

    def _on_remedy(self, action: str) -> None:
        if action == "runs.undo":
            self.undo()
