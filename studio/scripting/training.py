"""From the specification of a run to a plain PyTorch script that gives the same bits on a CPU."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from studio.catalog.shelf import entry
from studio.scripting.reinforcement import AgentWriter
from studio.scripting.source import excerpt, import_lines
from studio.scripting.writer import ScriptWriter
from studio.spec.run import RunSpec


def training_script(spec: RunSpec, changes: Sequence[Mapping[str, Any]] = ()) -> str:
    """A script that trains as `spec` says, with torch alone: no studio in it.

    `changes` are those that were made by hand while the run trained, as its result has them: each
    with `key`, `value` and the number of steps (`step`) that were done before.

    Run on a CPU it has the same losses and final weights as the studio's run, bit for bit; it
    prints a line an epoch and saves ``model.pt``, a state dict.
    """
    writer = _writer(spec, [(change["step"], change["value"]) for change in changes])
    parts = [writer.constants(), *writer.definitions(), *writer.functions(), writer.main()]
    body = "\n\n\n".join(parts)
    head = "\n".join(import_lines(writer.imports))
    return f'{writer.docstring()}\n\n{head}\n\n{body}\n\n\nif __name__ == "__main__":\n    main()\n'


def model_source(spec: RunSpec, given: Mapping[str, Any] | None = None) -> tuple[str, str, set[tuple[str, str]]]:
    """The definition of a specification's model ("" where torch has it), the expression that makes one,
    and the imports that both need.

    `given` are the sizes that the data said to the model; without them the expression may read them off the data.
    """
    writer = _writer(spec, [], given)
    expression = writer.model_text()
    known = entry("model", spec.model.name)
    if writer.has_no_definition:
        return "", expression, writer.imports
    part = excerpt(known.factory)
    return part.text, expression, writer.imports | part.imports


def _writer(
    spec: RunSpec, changes: list[tuple[int, float]], given: Mapping[str, Any] | None = None
) -> ScriptWriter:
    kind = AgentWriter if spec.task == "reinforcement" else ScriptWriter
    return kind(spec, changes, given)
