"""The state of the dialog for one's own data: what was found, what was chosen, and how to go back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, Signal

from studio.bridge.jobs import Job
from studio.spec.data_check import CheckData, ColumnSummary, DataFindings, DataSummary, Finding
from studio.spec.errors import ErrorReport
from studio.spec.events import Ended, Event
from studio.ui.services import Services

_ROLE_KEYS = {
    "target": "target",
    "group": "group_by",
    "time": "time_by",
    "split": "split_by",
    "text": "text_column",
}
_NAMING = (*_ROLE_KEYS.values(), "columns", "leave_out", "scale_target")
_CHOSEN = "as you chose"


class DataPresenter(QObject):
    """Asks the job "check_data" and holds its answers. Files are never changed, only the specification."""

    changed = Signal()

    def __init__(self, services: Services, path: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._services = services
        self._job: Job | None = None
        self._number = 0
        self._before: list[tuple[dict[str, Any], str]] = []
        self.path = path
        self.data: dict[str, Any] = {"path": str(path)}
        self.task = ""
        self.summary: DataSummary | None = None
        self.findings: tuple[Finding, ...] | None = None
        self.error: ErrorReport | None = None
        self._look()

    @property
    def is_looking(self) -> bool:
        """Whether answers to what was chosen last are on their way."""
        return self.findings is None and self.error is None

    @property
    def can_undo(self) -> bool:
        """Whether something was changed."""
        return bool(self._before)

    @property
    def reason_not_to_use(self) -> str:
        """Why the data cannot be used as they stand; "" when they can."""
        if self.error is not None:
            return self.error.line()
        if self.findings is None:
            return "The data are being looked at."
        bad = next((one for one in self.findings if one.severity == "bad"), None)
        return bad.what if bad else "" if self.summary else "The data could not be read."

    def column(self, name: str) -> ColumnSummary | None:
        """One column as it was found."""
        columns = self.summary.columns if self.summary else ()
        return next((one for one in columns if one.name == name), None)

    def tables(self) -> dict[str, Any]:
        """The specification that trains on the data."""
        return dict(self.summary.tables) if self.summary else {}

    def fix(self, index: int) -> None:
        """Do what a finding proposes."""
        finding = self.findings[index] if self.findings and index < len(self.findings) else None
        if finding is not None and finding.fix:
            self._change(finding.fix)

    def undo(self) -> None:
        """Take back the last change."""
        if self._before:
            self.data, self.task = self._before.pop()
            self._look()

    def set_value(self, key: str, value: Any) -> None:
        """Change one key of the data, such as ``test_fraction``, or the ``task``."""
        if value != (self.task if key == "task" else self.data.get(key)):
            self._change({key: value})

    def set_role(self, name: str, role: str) -> None:
        """Use a column for something else. There is always a target: another column can take its place."""
        column = self.column(name)
        if column is None or column.role in (role, "target"):
            return
        data = {key: value for key, value in self.data.items() if key in _ROLE_KEYS.values() and value == name}
        changes: dict[str, Any] = dict.fromkeys(data, "")
        out = [one for one in self.data.get("leave_out", ()) if one != name]
        if role in _ROLE_KEYS:
            changes |= {_ROLE_KEYS[role]: name}
        elif role == "left out":
            out.append(name)
        if role == "target":
            changes |= {"task": "", "scale_target": None}
        if role == "feature" and column.reason not in ("", _CHOSEN):
            # It is left out by itself; whoever wants it has to say all that are wanted.
            features = [one.name for one in self.summary.columns if one.role == "feature"] if self.summary else []
            changes |= {"columns": [*features, name]}
        elif self.data.get("columns"):
            kept = [one for one in self.data["columns"] if one != name]
            changes |= {"columns": [*kept, name] if role == "feature" else kept}
        if self.data.get("name") != "text":
            changes |= {"leave_out": out}
        self._change(changes)

    def close(self) -> None:
        """Nobody wants to know any more."""
        if self._job is not None:
            self._job.abandon()
            self._job = None

    def _change(self, changes: Mapping[str, Any]) -> None:
        """Change keys of the data; one without a value goes back to its default."""
        self._before.append((self.data, self.task))
        data = {**self.data, **changes}
        if "header" in changes:
            # The columns have other names then: what each is used for is guessed anew.
            data = {key: value for key, value in data.items() if key not in _NAMING}
            data["task"] = ""
        self.task = str(data.pop("task", self.task) or "") if "task" in changes else self.task
        self.data = {
            key: value for key, value in data.items() if value not in ("", None, [], ()) and key != "task"
        }
        self._look()

    def _look(self) -> None:
        self._number += 1
        self.findings, self.error = None, None
        asked = CheckData(self.data, self.task, self._number)
        if self._job is not None and self._job.is_running:
            self._job.send(asked)
        else:
            self._job = self._services.host.start("check_data", asked)
            self._job.received.connect(self._on_received)
            self._job.ended.connect(self._on_ended)
        self.changed.emit()

    def _on_received(self, events: list[Event]) -> None:
        for event in events:
            if isinstance(event, DataSummary | DataFindings) and event.number == self._number:
                self._take(event)
        self.changed.emit()

    def _take(self, event: DataSummary | DataFindings) -> None:
        if isinstance(event, DataFindings):
            self.findings = event.findings
            return
        self.summary = event
        # What was guessed stands from now on, so that a change elsewhere does not change it.
        self.data, self.task = dict(event.tables["data"]), str(event.tables["task"])

    def _on_ended(self, ended: Ended) -> None:
        if self.findings is None:
            self.error = ended.error or ErrorReport("The data were not looked at to the end.")
        self.changed.emit()
