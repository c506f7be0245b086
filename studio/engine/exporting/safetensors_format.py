"""safetensors: weights and text, nothing that could run.

Source: https://huggingface.co/docs/safetensors
"""

from __future__ import annotations

from pathlib import Path

from studio.engine.exporting.subject import Runner, Subject, call
from studio.engine.exporting.weights import blank_copy, check_same_weights, plain_state

NOTE = "The file holds weights only: whoever opens it needs the architecture besides."


def write(subject: Subject, path: Path) -> tuple[str, ...]:
    """Write the weights to `path`.

    Returns:
        What the user should know about the file, one sentence each.
    """
    from safetensors.torch import save_file

    save_file(plain_state(subject.module), path, metadata={"format": "pt", **subject.metadata})
    return (NOTE,)


def load(path: Path, subject: Subject) -> Runner:
    """A blank model of the same architecture with the file's weights in it.

    Raises:
        UserError: a tensor differs from the model's.
    """
    from safetensors.torch import load_file

    module = blank_copy(subject.module)
    module.load_state_dict(load_file(path), strict=True)
    check_same_weights(subject.module, module)
    return lambda batch: call(module, batch, subject.task)
