"""The right panel: what a card is, its derivative, the gradients of all leaves, and what was printed."""

from __future__ import annotations

from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QVBoxLayout, QWidget

from studio.spec.gradient_check import GradientCheck
from studio.spec.quantities import duration
from studio.spec.recording import GraphNode, TensorPicture, number_text
from studio.ui.pages.autograd.presenter import AutogradPresenter
from studio.ui.pages.autograd.view_state import NOTHING, PassView
from studio.ui.widgets.layout import RIGHT_WIDTH, KeyValues, Panel, Section, label
from studio.ui.widgets.naming import named, set_role

_LONG = 160
_MOST_LEAVES = 40
_MOST_CHECKS = 12
_SHORT = 9
_ROW_HEIGHT = 20


class InspectorPanel(Panel):
    """Shows the presenter's card at its moment."""

    def __init__(self, presenter: AutogradPresenter, parent: QWidget | None = None) -> None:
        super().__init__(240, RIGHT_WIDTH, parent)
        self._presenter = presenter
        self._card = named(Section("Inspector"), "autograd.inspector", "Inspector")
        self._facts = KeyValues()
        self._hint = label("", "muted", wrap=True)
        self._card.add(self._hint)
        self._card.add(self._facts)
        self._derivative = Section("Derivative")
        box = set_role(QFrame(), "raised")
        inner = QVBoxLayout(box)
        inner.setContentsMargins(10, 8, 10, 8)
        self._formulas = named(label("", "mono", wrap=True), "autograd.derivative", "Derivative")
        inner.addWidget(self._formulas)
        self._derivative.add(box)
        self._gradients = Section("Gradients", "at the end")
        self._leaves = named(KeyValues(), "autograd.gradients", "Gradients of the leaves")
        self._gradients.add(self._leaves)
        self._check = Section("Check", "central differences")
        self._checks = named(KeyValues(), "autograd.checks", "Gradients against finite differences")
        self._verdict = label("", "", wrap=True)
        self._check.add(self._verdict)
        self._check.add(self._checks)
        self._notes = label("", "warn", wrap=True)
        self._printed = Section("Output")
        self.output = named(QPlainTextEdit(), "autograd.output", "What the snippet printed")
        set_role(self.output, "code")
        self.output.setReadOnly(True)
        self.output.setUndoRedoEnabled(False)
        self.output.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        self._printed.add(self._notes)
        self._printed.add(self.output)
        for section in (self._card, self._derivative, self._gradients, self._check, self._printed):
            self.add(section)
        self.close_column()
        presenter.recorded.connect(self._on_recorded)
        presenter.moved.connect(self._on_moved)
        presenter.check_ended.connect(self._on_checked)
        self._on_recorded()
        self._on_checked()
        self._on_moved()

    def _on_recorded(self) -> None:
        recording = self._presenter.recording
        self._gradients.setVisible(recording is not None and bool(recording.own_leaves))
        self._printed.setVisible(recording is not None)
        if recording is None:
            self.output.clear()
            return
        facts = [(leaf.name, leaf.grad.text(40) if leaf.grad else "none") for leaf in recording.own_leaves]
        more = len(facts) - _MOST_LEAVES
        self._leaves.set_facts(facts[:_MOST_LEAVES] + ([("…", f"{more:,} more")] if more > 0 else []))
        text = recording.stdout + (f"\n{recording.stderr}" if recording.stderr else "")
        self.output.setPlainText(text.rstrip("\n") or "The snippet printed nothing.")
        lines = min(max(self.output.document().blockCount(), 1), 12)
        self.output.setFixedHeight(lines * _ROW_HEIGHT + 22)
        self.output.moveCursor(QTextCursor.MoveOperation.Start)
        self._notes.setText("\n".join(recording.notes))
        self._notes.setVisible(bool(recording.notes))
        seconds = recording.seconds
        self._printed.set_summary(duration(seconds) if seconds >= 1 else f"{number_text(seconds * 1000, 3)} ms")

    def _on_checked(self) -> None:
        checked = self._presenter.checked
        self._check.setVisible(checked is not None)
        if checked is None:
            return
        wrong = [check for check in checked.checks if not check.agrees]
        kinds = sorted({check.dtype for check in checked.checks})
        self._check.set_summary(", ".join([*kinds, "central differences"]))
        of = checked.output or "f"
        shown = (wrong or checked.checks)[:_MOST_CHECKS]
        self._checks.set_facts([(_quotient(of, check.name), _verdict(check)) for check in shown])
        if not checked.checks:
            text, role = f"The snippet cannot be checked. {checked.reason}", "warn"
        elif wrong:
            text, role = f"{len(wrong)} of {len(checked.checks)} gradients differ from finite differences.", "bad"
        else:
            text, role = f"All {len(checked.checks)} agree.", "good"
        more = f" {checked.left_out:,} more elements were not checked." if checked.left_out else ""
        set_role(self._verdict, role)
        self._verdict.setText(text + more)

    def _on_moved(self) -> None:
        node, view = self._presenter.node, self._presenter.view
        if node is None or view is None:
            self._card.set_title("Inspector")
            self._card.set_summary("")
            self._hint.setText("Choose a card of the graph to see its value, what it saved and its gradients.")
            self._hint.show()
            self._facts.set_facts([])
            self._derivative.hide()
            return
        self._hint.hide()
        self._card.set_title(node.title)
        place = node.place
        self._card.set_summary(f"line {place.line}, column {place.column}" if place else "")
        self._facts.set_facts(self._facts_of(node, view))
        self._derivative.setVisible(bool(node.derivatives))
        self._formulas.setText("\n".join(node.derivatives))

    def _facts_of(self, node: GraphNode, view: PassView) -> list[tuple[str, str]]:
        position = self._presenter.position
        kinds = {"leaf": "leaf, requires a gradient", "data": "data, no gradient", "result": "result"}
        facts = [("Kind", kinds[node.kind])] if node.kind in kinds else []
        if node.name and node.name != node.title:
            facts.append(("Name", node.name))
        if node.formula != node.title:
            facts.append(("Formula", node.formula))
        if node.operation is not None:
            facts.append(("Operation", view.recording.operations[node.operation].function))
        if node.backward:
            facts.append(("Backward", node.backward))
        value = view.value(node, position)
        if value is not None:
            facts.append(("Value", _full(value)))
            facts.append(("Shape, type", f"{list(value.shape)} · {value.dtype}"))
        if node.saved:
            facts.append(
                ("Saved", ", ".join(_saved(each.name, each.variable, each.picture) for each in node.saved))
            )
        gradient = view.gradient(node, position)
        if node.kind != "data":
            facts.append(("Gradient", _full(gradient) if gradient is not None else NOTHING))
        step = view.step(node, position)
        if step is not None and step.grad_out:
            facts.append(("Sends on", "\n".join(self._sent(node, view, step.grad_out))))
        return facts

    def _sent(self, node: GraphNode, view: PassView, gradients: tuple[TensorPicture | None, ...]) -> list[str]:
        lines = []
        for edge in view.edges:
            if edge.target == node.index and 0 <= edge.slot < len(gradients):
                sent = gradients[edge.slot]
                lines.append(f"{view.recording.nodes[edge.source].title}: {sent.text(40) if sent else 'none'}")
        return lines or ["nothing"]


def _quotient(output: str, leaf: str) -> str:
    """``∂z/∂x``; of a long name the name alone, which has to fit beside the numbers."""
    return f"∂{output}/∂{leaf}" if len(output) + len(leaf) <= _SHORT else leaf


def _verdict(check: GradientCheck) -> str:
    if check.agrees:
        return f"{check.by_backward:.7f} ✓ {check.difference:.0e}"
    return f"{number_text(check.by_backward)} ✗ {number_text(check.by_differences)}"


def _full(picture: TensorPicture) -> str:
    return picture.text(_LONG)


def _saved(name: str, variable: str, picture: TensorPicture) -> str:
    return f"{variable or name} = {picture.text()}"
