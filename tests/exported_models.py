"""Small models as the studio opens them, and short ways to export them."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor, nn

from studio.engine.exporting.job import export_model
from studio.engine.models import OpenedModel
from studio.spec.events import Event
from studio.spec.exports import FORMATS, Exported, ExportedFile, ExportRequest, FormatName, merged_files
from studio.spec.job import Control
from studio.spec.model_input import InputSpec
from studio.spec.model_ref import ModelRef

ALL: tuple[FormatName, ...] = tuple(one.name for one in FORMATS)


class SmallNet(nn.Module):
    """A convolution with batch norm and dropout: what evaluation mode matters for."""

    def __init__(self) -> None:
        super().__init__()
        self.features = nn.Conv2d(1, 4, 3, padding=1)
        self.norm = nn.BatchNorm2d(4)
        self.dropout = nn.Dropout(0.5)
        self.head = nn.Linear(4 * 64, 10)

    def forward(self, pictures: Tensor) -> Tensor:
        """Logits (N, 10) of pictures (N, 1, 8, 8)."""
        hidden = torch.relu(self.norm(self.features(pictures)))
        return self.head(self.dropout(hidden.flatten(1)))


def opened(module: nn.Module, shape: tuple[int, ...] = (1, 8, 8), task: str = "classify") -> OpenedModel:
    """A model as the studio opens it, with 20 real samples."""
    kind = "image" if len(shape) == 3 else "tensor"
    samples = torch.rand((20, *shape), generator=torch.Generator().manual_seed(3))
    return OpenedModel(
        module=module,
        ref=ModelRef("run", "0001-small", "best"),
        title="0001-small",
        input=InputSpec(kind=kind, shape=shape),
        labels=tuple(f"digit {index}" for index in range(10)),
        task=task,
        licence="yours",
        source="run 0001-small, step 10",
        sampled=lambda: samples,
    )


def request_for(folder: Path, *formats: FormatName, **options: object) -> ExportRequest:
    given = {"measure": False, **options}
    return ExportRequest("run:0001-small", formats or ALL, str(folder), **given)  # type: ignore[arg-type]  # options vary


def events_of(model: OpenedModel, request: ExportRequest, control: Control | None = None) -> list[Event]:
    return list(export_model(model, request, control or Control(), 'recipe = "digits-cnn"'))


def files_of(model: OpenedModel, request: ExportRequest) -> dict[str, ExportedFile]:
    events = events_of(model, request)
    files = merged_files(event.file for event in events if isinstance(event, Exported))
    return {file.format: file for file in files}
