"""The export job: write aside, load back, compare, move into place, measure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from studio.engine.exporting import formats
from studio.engine.exporting.benchmark import latencies
from studio.engine.exporting.failures import check_space, explained
from studio.engine.exporting.parity import Reference, Samples, compare, make_samples, proves_nothing, reference
from studio.engine.exporting.staging import make_folder, move_into_place, size_and_digest, staging_folder
from studio.engine.exporting.subject import Runner, Subject, prepare
from studio.engine.models import OpenedModel, open_model
from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace
from studio.spec.errors import UserError
from studio.spec.events import Ended, Event, Progressed, Started
from studio.spec.exports import Exported, ExportedFile, ExportRequest, FormatName, format_info
from studio.spec.job import Control
from studio.spec.model_ref import ModelRef

_STAGES = ("writing", "loading back", "comparing")


def run(request: ExportRequest, control: Control) -> Iterator[Event]:
    """Export one model to every format asked for.

    A format that fails does not stop the others; its `Exported` says why. The result holds
    ``files`` (as `ExportedFile.as_json`), ``folder`` and ``eager_latency_ms``.

    Raises:
        UserError: the model cannot be opened or run, the folder cannot be written, or a file is
            there already and may not be replaced.
    """
    check_targets(request)
    make_folder(Path(request.folder))
    yield Progressed(0, _total(request), text="Opening the model")
    ref = ModelRef.parse(request.model)
    workspace, specification = None, ""
    if ref.kind == "run":
        workspace = Workspace.find(Path(request.workspace) if request.workspace else None)
        specification = RunFolder.open(workspace, ref.name).read_spec().as_toml()
    weights = Path(request.weights) if request.weights else None
    model = open_model(ref, workspace, weights=weights, pretrained=request.pretrained)
    yield from export_model(model, request, control, specification)


def export_model(
    model: OpenedModel, request: ExportRequest, control: Control, specification: str = ""
) -> Iterator[Event]:
    """Export a model that is open; the rest as in `run`.

    `specification` is that of the run that made the model, as TOML, to be put into the files.
    """
    check_targets(request)
    samples = make_samples(model)
    # A copy of its own: torch.export stores the example, and with a slice all that it was cut from.
    subject = prepare(model, samples.batch[:2].clone(), specification).with_batch(request.dynamic_batch)
    yield Started({"title": model.title, "source": model.source, "folder": request.folder, "task": model.task})
    yield Progressed(1, _total(request), text="Running the model itself")
    work = _Work(request, subject, samples, reference(subject, samples))
    with staging_folder(Path(request.folder)) as aside:
        for index, name in enumerate(request.formats):
            if control.should_stop:
                break
            yield from work.export(name, aside, 2 + index * len(_STAGES))
        if not control.should_stop and request.measure:
            yield from work.measure(control)
    files = [file.as_json() for file in work.files.values()]
    result = {"files": files, "folder": request.folder, "eager_latency_ms": work.eager_latency_ms}
    yield Ended("stopped" if control.should_stop else "finished", result)


def check_targets(request: ExportRequest) -> None:
    """Make sure that nothing is replaced that the user did not say may be.

    Raises:
        UserError: a file is there; or no format is asked for.
    """
    if not request.formats:
        raise UserError("export.no_format", "No format is chosen.", "", "Choose at least one.")
    there = [] if request.overwrite else request.existing()
    if there:
        names = ", ".join(path.name for path in there)
        raise UserError(
            "export.exists",
            f"{names} {'is' if len(there) == 1 else 'are'} already in {request.folder}.",
            "",
            "Allow overwriting, or choose another folder.",
            "export.overwrite",
        )


@dataclass
class _Work:
    """What the formats of one export have in common, and the files so far."""

    request: ExportRequest
    subject: Subject
    samples: Samples
    reference: Reference
    files: dict[FormatName, ExportedFile] = field(default_factory=dict)
    runners: dict[str, Runner] = field(default_factory=dict)
    eager_latency_ms: float | None = None

    def export(self, name: FormatName, aside: Path, done: int) -> Iterator[Event]:
        """Write, load back and judge one format; put the file in place if it is good."""
        folder = Path(self.request.folder)
        written = aside / self.request.target(name).name
        file = self._proof(name)
        title = format_info(name).title
        try:
            if not formats.holds_weights_only(name) and (reason := proves_nothing(self.reference)):
                raise reason
            check_space(folder, sum(value.nbytes for value in self.subject.module.state_dict().values()))
            yield self._progress(done, f"{title}: {_STAGES[0]}")
            notes = formats.write(name, self.subject, written, self.request.opset)
            yield self._progress(done + 1, f"{title}: {_STAGES[1]}")
            size, digest = size_and_digest(written)
            runner = formats.load(name, self.subject, written)
            yield self._progress(done + 2, f"{title}: {_STAGES[2]}")
            found = compare(self.reference, runner, same_weights=formats.holds_weights_only(name))
            file = replace(
                file,
                verdict=found.verdict,
                max_abs_diff=found.max_abs_diff,
                max_rel_diff=found.max_rel_diff,
                top1_agreement=found.top1_agreement,
                error=found.reason,
                notes=(*self.subject.notes, *notes),
                opset=_opset(name, written),
            )
            if file.is_good:
                target = self.request.target(name)
                if target.exists() and not self.request.overwrite:
                    check_targets(self.request)
                move_into_place(written, target)
                file = replace(file, path=str(target.absolute()), sha256=digest, bytes=size)
                if format_info(name).engine:
                    self.runners[name] = runner
        # Exporters raise whatever they like; one that fails must not take the other formats along.
        except Exception as error:
            file = replace(file, verdict="failed", error=explained(error, name, folder))
        self.files[name] = file
        yield Exported(file)

    def measure(self, control: Control) -> Iterator[Event]:
        """Measure the model itself and every file that runs, side by side."""
        if not self.runners:
            return
        yield self._progress(_total(self.request) - 1, "Measuring")
        runners = {"eager": self.subject.run, **self.runners}
        measured = latencies(runners, self.samples.batch[:1], control)
        self.eager_latency_ms = measured.get("eager")
        for name, file in self.files.items():
            if name in measured:
                self.files[name] = replace(file, latency_ms=measured[name], eager_latency_ms=self.eager_latency_ms)
                yield Exported(self.files[name])
        yield self._progress(_total(self.request), "Done")

    def _proof(self, name: FormatName) -> ExportedFile:
        return ExportedFile(
            name,
            "failed",
            batch_sizes=self.reference.batch_sizes,
            real_samples=self.samples.real,
            made_samples=self.samples.made,
            own_floor=self.reference.floor,
            inside=self.subject.inside,
            model=self.request.model,
            input_shape=tuple(self.subject.example.shape[1:]),
            input_dtype=str(self.subject.example.dtype).removeprefix("torch."),
        )

    def _progress(self, done: int, text: str) -> Progressed:
        return Progressed(done, _total(self.request), text=text)


def _total(request: ExportRequest) -> int:
    return 3 + len(_STAGES) * len(request.formats)


def _opset(name: FormatName, path: Path) -> int | None:
    if name != "onnx":
        return None
    import onnx

    from studio.engine.exporting.onnx_format import read_opset

    return read_opset(onnx.load(str(path), load_external_data=False))
