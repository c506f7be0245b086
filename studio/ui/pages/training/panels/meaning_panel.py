"""The right side of the Train tab: what the run means. Confusion, notices, worst samples, facts."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from studio.spec.quantities import duration
from studio.ui.pages.training.live_run import LiveRun
from studio.ui.pages.training.views.registry import side_views_for
from studio.ui.pages.training.views.view import TaskView
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.heat_map import ConfusionMatrix
from studio.ui.widgets.layout import RIGHT_WIDTH, KeyValues, Panel, Section, label
from studio.ui.widgets.naming import named
from studio.ui.widgets.notice import Notice
from studio.ui.widgets.sample_strip import Sample, SampleStrip, as_pixels

_NOTICES = 3
_SAMPLES = 8
_SAMPLE_SIDE = 56


class _Notice(Notice):
    """A notice that says when it is taken away, be it by the user."""

    cleared = Signal()

    def clear(self) -> None:
        """Take the message away."""
        super().clear()
        self.cleared.emit()


class MeaningPanel(Panel):
    """Shows pictures of the task and what should be known of the run.

    Args:
        theme: the window's theme.
        trying: where the run's model can be tried; hides itself where it cannot; None for nowhere.
    """

    def __init__(self, theme: Theme, trying: QWidget | None = None, parent: QWidget | None = None) -> None:
        super().__init__(RIGHT_WIDTH - 44, RIGHT_WIDTH, parent)
        self._confusion = Section("Confusion")
        self._matrix = ConfusionMatrix(theme)
        self._matrix.setObjectName("train.confusion")
        self._cell = label("", "faint", wrap=True)
        self._confusion.add(self._matrix)
        self._confusion.add(self._cell)
        self._matrix.pointed.connect(self._cell.setText)
        self._doctor = Section("Notices")
        # In the order in which they were shown last, the oldest first.
        self._notices = [_Notice(theme, f"train.doctor.{number}") for number in range(1, _NOTICES + 1)]
        for notice in self._notices:
            notice.cleared.connect(self._count_notices)
            self._doctor.add(notice)
        self._worst = Section("Worst samples")
        self._samples = named(SampleStrip(theme, _SAMPLE_SIDE), "train.worst", "Worst samples")
        self._worst.add(self._samples)
        self._texts = named(KeyValues(), "train.worst_texts", "Worst texts, each with its class and the one told")
        self._worst.add(self._texts)
        self._facts = Section("Run")
        self._values = named(KeyValues(), "train.facts", "Facts about the run")
        self._open_run = Button(theme, "Show in Runs", "train.show_run", role="quiet", icon="table")
        self._facts.add(self._values)
        self._facts.add(self._open_run)
        self._task = ""
        self._theme = theme
        self._views: list[TaskView] = []
        self._of_task = QWidget()
        self._of_task_column = QVBoxLayout(self._of_task)
        self._of_task_column.setContentsMargins(0, 0, 0, 0)
        self._of_task_column.setSpacing(14)
        for section in (trying, self._of_task, self._confusion, self._doctor, self._worst, self._facts):
            if section is not None:
                self.add(section)
        self.close_column()
        self.begin("classification")

    @property
    def show_run_button(self) -> Button:
        """Opens the run in the Runs tab."""
        return self._open_run

    def begin(self, task: str) -> None:
        """A run begins: what is left of the one before goes."""
        classifies = task == "classification"
        self._begin_views(task)
        self._matrix.clear()
        self._samples.set_samples([])
        self._confusion.setVisible(classifies)
        self._worst.hide()
        for notice in self._notices:
            notice.clear()
        self._confusion.set_summary("")

    def show_picture(self, name: str, data: dict[str, Any]) -> None:
        """Show a picture of the task in the view that is for it."""
        for view in self._views:
            if name in view.pictures:
                view.show_picture(name, data)

    def _begin_views(self, task: str) -> None:
        if task == self._task:
            for view in self._views:
                view.clear()
            return
        self._task = task
        for view in self._views:
            self._of_task_column.removeWidget(view)
            view.deleteLater()
        self._views = side_views_for(task, self._theme)
        for view in self._views:
            self._of_task_column.addWidget(view)
        self._of_task.setVisible(bool(self._views))

    def show_run(self, run: LiveRun, state: str, seconds: float | None) -> None:
        """Show facts about the run."""
        self._facts.setVisible(bool(run.id))
        if not run.id:
            return
        self._facts.set_summary(state)
        labels = run.about.get("labels") or []
        facts = [
            ("Name", run.id),
            ("Device", str(run.about.get("device", ""))),
            ("Steps", f"{run.step:,} of {run.steps:,}" if run.steps else ""),
            ("Classes", str(len(labels)) if len(labels) > 1 and self._task == "classification" else ""),
            (
                "Checkpoints",
                f"{len(run.checkpoints)}, last at step {run.checkpoints[-1]:,.0f}" if run.checkpoints else "",
            ),
            ("Time", "" if seconds is None else duration(seconds)),
        ]
        self._values.set_facts([(name, value) for name, value in facts if value])

    def show_confusion(self, data: dict[str, Any], epoch: int) -> None:
        """Show the matrix: keys labels (K,) and matrix (K, K), rows true and columns predicted."""
        self._matrix.set_matrix(data["labels"], data["matrix"])
        self._confusion.set_summary(f"epoch {epoch}")

    def show_worst(self, data: dict[str, Any]) -> None:
        """Show the samples that the model gets most wrong, where they are pictures or texts."""
        samples = []
        texts = [
            (one["text"], f"{one['true']} {'✓' if one['true'] == one['predicted'] else '→ ' + one['predicted']}")
            for one in data["samples"][:_SAMPLES]
            if "text" in one
        ]
        self._texts.set_facts(texts)
        self._texts.setVisible(bool(texts))
        for one in data["samples"][:_SAMPLES]:
            try:
                pixels = as_pixels(one["values"], one["shape"])
            except ValueError:
                continue
            right = one["true"] == one["predicted"]
            caption = f"{one['true']} {'✓' if right else '→ ' + str(one['predicted'])}"
            samples.append(Sample(pixels, caption, _hint(one)))
        self._samples.set_samples(samples)
        self._samples.setVisible(bool(samples))
        self._worst.setVisible(bool(samples or texts))
        wrong = sum(one["true"] != one["predicted"] for one in data["samples"])
        self._worst.set_summary(f"{wrong} of {len(data['samples'])} wrong")

    def warn(self, name: str, text: str) -> None:
        """Show something that the user should know; one of the same name is replaced, the oldest gives way."""
        notice = min(self._notices, key=lambda one: (one.name != name, one.name != ""))
        self._notices.remove(notice)
        self._notices.append(notice)
        first, _, rest = text.partition(". ")
        notice.show_message("warn", first.rstrip(".") + ".", rest, name=name)
        self._count_notices()

    def _count_notices(self) -> None:
        count = sum(bool(one.name) for one in self._notices)
        self._doctor.set_summary(f"{count} notice{'' if count == 1 else 's'}")
        self._doctor.setVisible(bool(count))


def _hint(sample: dict[str, Any]) -> str:
    text = f"true {sample['true']}, predicted {sample['predicted']}"
    if "probability" in sample and "probability_of_true" in sample:
        text += f" with {sample['probability']:.1%}; the true one got {sample['probability_of_true']:.1%}"
    return text.replace("%", " %")
