"""`pytorch-studio export MODEL`: files in other formats, each proven against the model and measured."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from studio.headless.console import ProgressLine, bar, number, print_json, size, table
from studio.headless.failures import explain, explanation
from studio.runs.folder import RunFolder
from studio.runs.workspace import Workspace, in_full
from studio.spec.errors import UserError
from studio.spec.events import Ended, Progressed
from studio.spec.exports import (
    DEFAULT_OPSET,
    FORMATS,
    OPSETS,
    Exported,
    ExportedFile,
    ExportRequest,
    file_stem,
    format_info,
    is_file_name,
    merged_files,
    parse_formats,
)
from studio.spec.job import Control
from studio.spec.model_ref import ModelRef

SUMMARY = "Export a model to files, prove that each answers as the model does, and measure them."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    names = ",".join(one.name for one in FORMATS)
    parser.add_argument("model", metavar="MODEL", help="run:ID, torchvision:NAME, builtin:NAME or a file")
    parser.add_argument(
        "--format", dest="formats", default="onnx", metavar="LIST", help=f"some of {names} (default: onnx)"
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="where the files go (default: in the workspace)")
    parser.add_argument("--name", default="", help="name of the files, without the suffix")
    parser.add_argument(
        "--opset",
        type=int,
        default=DEFAULT_OPSET,
        metavar="N",
        help=f"of ONNX, {OPSETS[0]} to {OPSETS[-1]} (default: {DEFAULT_OPSET})",
    )
    parser.add_argument("--fixed-batch", action="store_true", help="one sample at a time, instead of any number")
    parser.add_argument("--weights", type=Path, metavar="FILE", help="weights for the model, instead of its own")
    parser.add_argument("--no-pretrained", action="store_true", help="random weights; nothing is downloaded")
    parser.add_argument("--overwrite", action="store_true", help="replace files that are there")
    parser.add_argument("--no-measure", action="store_true", help="leave the latencies out")
    parser.add_argument("--json", action="store_true", help="print one object with the files")


def run(arguments: argparse.Namespace) -> int:
    """Export; 1 where a file failed or is not equal."""
    # Torch is imported only after the arguments are known to be good.
    request = _request(arguments)
    from studio.engine.exporting.job import run as export

    line = ProgressLine()
    files: list[ExportedFile] = []
    with closing(export(request, Control())) as events:  # type: ignore[type-var]  # a generator, which can be closed
        for event in events:
            if isinstance(event, Progressed):
                line.show(f"{bar(event.done / event.total)}  {event.text}", now=True)
            elif isinstance(event, Exported):
                files.append(event.file)
            elif isinstance(event, Ended):
                line.clear()
    files = merged_files(files)
    if arguments.json:
        print_json({"files": [file.as_json() for file in files]})
        for file in files:
            if file.error and not file.error.can_be_mended:
                explain(file.error, arguments.argv)
    else:
        print(_readable(files, arguments.argv))
    return 0 if files and all(file.is_good for file in files) else 1


def _request(arguments: argparse.Namespace) -> ExportRequest:
    formats = parse_formats(arguments.formats)
    if not is_file_name(arguments.name):
        raise UserError(
            "export.bad_name",
            f"{arguments.name!r} is not the name of a file.",
            "A name must not hold / or \\.",
            "Name the folder with --out.",
        )
    model = _in_full(arguments)
    stem = file_stem(model)
    folder = arguments.out or Workspace.open(arguments.workspace).exports / stem
    return ExportRequest(
        model=model,
        formats=formats,
        folder=str(in_full(folder)),
        name=arguments.name,
        opset=arguments.opset,
        dynamic_batch=not arguments.fixed_batch,
        workspace=str(arguments.workspace or ""),
        weights=str(arguments.weights or ""),
        pretrained=not arguments.no_pretrained,
        overwrite=arguments.overwrite,
        measure=not arguments.no_measure,
    )


def _in_full(arguments: argparse.Namespace) -> str:
    """The model reference with the run's whole ID, so that ``run:2`` gives files of that name too."""
    reference = ModelRef.parse(arguments.model)
    if reference.kind != "run":
        return str(arguments.model)
    folder = RunFolder.open(Workspace.find(arguments.workspace), reference.name)
    return str(replace(reference, name=folder.id))


def _readable(files: Sequence[ExportedFile], argv: Sequence[str]) -> str:
    head = ("format", "verdict", "difference", "top-1", "latency", "against eager", "size", "file")
    lines = [table(head, [_row(file) for file in files])]
    for file in files:
        title = format_info(file.format).title
        lines += [f"{title}: {explanation(file.error, argv)}"] if file.error else []
        lines += [f"{title}: {note}" for note in file.notes]
    return "\n".join(lines)


def _row(file: ExportedFile) -> tuple[str, ...]:
    return (
        format_info(file.format).title,
        file.verdict,
        number(file.max_rel_diff),
        "–" if file.top1_agreement is None else f"{file.top1_agreement:.1%}",
        "–" if file.latency_ms is None else f"{number(file.latency_ms)} ms",
        f"{file.speed:.2f}×" if file.speed else "–",
        "–" if file.bytes is None else size(file.bytes),
        file.path or "–",
    )
