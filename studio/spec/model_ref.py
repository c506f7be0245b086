"""How a model is named everywhere: ``run:ID@best``, ``torchvision:resnet50``, ``builtin:NAME`` or a file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from studio.spec.errors import UserError

ModelKind = Literal["run", "torchvision", "builtin", "file"]


@dataclass(frozen=True)
class ModelRef:
    """A model by name. `at` is ``"best"``, ``"last"`` or a step, for runs only."""

    kind: ModelKind
    name: str
    at: str = ""

    @staticmethod
    def parse(text: str) -> ModelRef:
        """Read a reference as a user writes it.

        Raises:
            UserError: the text names nothing that could be a model.
        """
        text = text.strip()
        head, separator, rest = text.partition(":")
        if separator and head in ("torchvision", "builtin") and rest:
            return ModelRef(head, rest)  # type: ignore[arg-type]  # narrowed by the test above
        if separator and head == "run" and rest:
            name, _, at = rest.partition("@")
            at = at or "best"
            if at not in ("best", "last") and not at.isdigit():
                raise UserError(
                    "model_ref.bad_point",
                    f"{text!r} asks for the checkpoint {at!r}.",
                    "A checkpoint is `best`, `last` or a step.",
                    f"Write run:{name}@best, for example.",
                )
            return ModelRef("run", name, at)
        if not text or (separator and not rest) or not _can_be_file(text):
            raise UserError(
                "model_ref.unknown",
                f"{text!r} does not name a model.",
                "A model is run:ID, torchvision:NAME, builtin:NAME or a file.",
                "`pytorch-studio models` lists those that are here.",
            )
        return ModelRef("file", text)

    def __str__(self) -> str:
        if self.kind == "file":
            return self.name
        return f"{self.kind}:{self.name}" + (f"@{self.at}" if self.at else "")


def _can_be_file(text: str) -> bool:
    try:
        return Path(text).exists() or bool(Path(text).suffix)
    except OSError:  # longer than a file's name can be
        return False
