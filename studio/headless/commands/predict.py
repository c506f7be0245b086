"""`pytorch-studio predict`: what a model says about images."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from studio.engine.vision import job
from studio.headless.console import ProgressLine, bar, leave_broken_streams, print_json
from studio.headless.failures import explain
from studio.spec.errors import ErrorReport, UserError
from studio.spec.events import Ended, Event, Progressed
from studio.spec.job import Control, drive
from studio.spec.prediction_table import check_place, write_csv
from studio.spec.predictions import VISION_TASKS, Predict, Predicted, Prediction, VisionRequest

SUMMARY = "Classify, detect or segment images."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("model", metavar="MODEL", help="run:ID, torchvision:NAME, builtin:NAME or a file")
    parser.add_argument("images", metavar="IMAGE_OR_FOLDER", nargs="+", help="images, and folders of images")
    parser.add_argument("--task", choices=VISION_TASKS, help="refuse a model that is made for another task")
    parser.add_argument("--weights", metavar="FILE", default="", help="other weights for the same model")
    parser.add_argument("--top", metavar="N", type=_positive, default=5, help="classes to tell (5)")
    parser.add_argument("--least-score", metavar="S", type=_share, default=0.5, help="leave out lower boxes (0.5)")
    parser.add_argument("--masks", metavar="DIR", default="", help="where masks go (the workspace's masks)")
    parser.add_argument("--csv", metavar="FILE", type=Path, help="write a table, one line an image")
    parser.add_argument("--json", action="store_true", help="print an array of objects")
    parser.add_argument("--trust", action="store_true", help="open a model file that can run code")


def run(arguments: argparse.Namespace) -> int:
    """Print the answers in the order of the images, and on standard error what could not be read.

    2 where that is all of them.
    """
    asked = Predict(
        ticket=1,
        model=arguments.model,
        paths=tuple(arguments.images),
        task=arguments.task or "",
        weights=arguments.weights,
        top_k=arguments.top,
        least_score=arguments.least_score,
        mask_folder=arguments.masks,
        trust=arguments.trust,
    )
    if arguments.csv:
        check_place(arguments.csv)
    request = VisionRequest(str(arguments.workspace or ""), asked)
    predictions, ended = _answered(request, shows=not arguments.json, keeps=bool(arguments.csv))
    if ended.error is not None:
        return _failed(ended.error, arguments.argv)
    if not predictions and ended.outcome == "finished":
        raise UserError(
            "predict.no_image", "What was named holds no image.", "", "Name images or a folder of them."
        )
    try:
        if arguments.csv:
            write_csv(arguments.csv, predictions)
    finally:
        if arguments.json:
            print_json([prediction.as_json() for prediction in predictions])
    if ended.outcome == "stopped":
        return 130
    unread = [prediction.error.line() for prediction in predictions if prediction.error]
    if arguments.json and len(unread) == len(predictions):
        print(unread[0], file=sys.stderr)
    return 2 if len(unread) == len(predictions) else 0


def _answered(request: VisionRequest, *, shows: bool, keeps: bool) -> tuple[list[Prediction], Ended]:
    """All answers. Where they are kept, a reader of what is shown may go away (`… | head`)."""
    predictions: list[Prediction] = []
    line = ProgressLine()

    def take(event: Event) -> None:
        if isinstance(event, Progressed):
            line.show(
                event.text or f"{bar(event.done / event.total)} {event.done:.0f} of {event.total:.0f} images"
            )
        elif isinstance(event, Predicted):
            predictions.append(event.prediction)
            if shows:
                line.clear()
                try:
                    _show(event.prediction)
                except BrokenPipeError:
                    if not keeps:
                        raise
                    leave_broken_streams()

    ended = drive(job.run, request, Control(), take)
    line.clear()
    return predictions, ended


def _show(prediction: Prediction) -> None:
    if prediction.error:
        print(prediction.error.line(), file=sys.stderr)
    else:
        print(_paragraph(prediction), flush=True)


def _paragraph(prediction: Prediction) -> str:
    lines = [f"{label.probability:6.3f}  {label.name}" for label in prediction.labels]
    for box in prediction.boxes:
        corners = ", ".join(f"{side:.0f}" for side in box.box)
        lines.append(f"{box.score:6.3f}  {box.name} at ({corners})")
    if prediction.mask:
        lines.append(f"mask: {prediction.mask}")
    return "\n".join([f"{prediction.path}:", *(f"  {line}" for line in lines or ["nothing found"])])


def _failed(error: ErrorReport, argv: Sequence[str]) -> int:
    how = " `--weights FILE` names one." if error.action == "vision.load_weights" else ""
    explain(replace(error, remedy=error.remedy + how), argv)
    return 2 if error.can_be_mended else 1


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of 1 or more")
    return int(text)


def _share(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to 1")
    return value
