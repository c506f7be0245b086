"""The right panel: everything about the run that was selected last."""

from __future__ import annotations

from PySide6.QtWidgets import QPlainTextEdit, QWidget

from studio.ui.pages.runs.presenter import RunsPresenter
from studio.ui.pages.runs.wording import (
    STATUS_LOOKS,
    checkpoint_facts,
    environment_facts,
    result_facts,
    spec_facts,
    state_facts,
)
from studio.ui.theme.theme import Theme
from studio.ui.widgets.layout import RIGHT_WIDTH, KeyValues, Panel, Section, label
from studio.ui.widgets.naming import named, set_role


class DetailsPanel(Panel):
    """Sections of facts; those that have nothing to say are hidden."""

    def __init__(self, presenter: RunsPresenter, theme: Theme, parent: QWidget | None = None):
        super().__init__(264, RIGHT_WIDTH, parent)
        self._presenter = presenter
        self.setObjectName("runs.details")
        self._title = label("", "title", wrap=True)
        self._problem = label("", "bad", wrap=True)
        self._hint = label("Select a run to see how it was made and what came out.", "muted", wrap=True)
        self.add(self._title)
        self.add(self._problem)
        self.add(self._hint)
        self._sections: dict[str, tuple[Section, KeyValues]] = {}
        for name in ("State", "Result", "Checkpoints", "Specification", "Environment"):
            section, facts = Section(name), KeyValues()
            named(facts, f"runs.{name.lower()}", name)
            section.add(facts)
            self.add(section)
            self._sections[name] = (section, facts)
        self._log_section = Section("Log")
        self.log = named(QPlainTextEdit(), "runs.log", "End of the run's log")
        self.log.setReadOnly(True)
        self.log.setFixedHeight(180)
        self.log.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        set_role(self.log, "code")
        self._log_section.add(self.log)
        self.add(self._log_section)
        self.close_column()
        presenter.selection_changed.connect(self.render)
        presenter.details_changed.connect(self.render)
        presenter.listed.connect(self.render)
        self.render()

    def render(self) -> None:
        """Show what the presenter knows of the current run."""
        row = self._presenter.current
        self._hint.setVisible(row is None)
        self._title.setVisible(row is not None)
        read = self._presenter.details.get(row.id) if row is not None else None
        self._problem.setVisible(bool(row is not None and row.problem))
        if row is not None:
            self._title.setText(row.id)
            self._problem.setText(row.problem)
        for section, _ in self._sections.values():
            section.setVisible(read is not None)
        self._log_section.setVisible(read is not None and bool(read.details.log))
        if read is None:
            return
        details = read.details
        self._show("State", state_facts(details), STATUS_LOOKS[details.row.status].meaning)
        self._show("Result", result_facts(details))
        self._show("Checkpoints", checkpoint_facts(details))
        self._show("Specification", spec_facts(details))
        self._show("Environment", environment_facts(details))
        self._show_log(details.log)

    def _show(self, name: str, facts: list[tuple[str, str]], tool_tip: str = "") -> None:
        section, values = self._sections[name]
        section.setVisible(bool(facts))
        section.setToolTip(tool_tip)
        values.set_facts(facts)

    def _show_log(self, text: str) -> None:
        if self.log.toPlainText() == text.rstrip("\n"):
            return
        bar = self.log.verticalScrollBar()
        self.log.setPlainText(text.rstrip("\n"))
        bar.setValue(bar.maximum())
