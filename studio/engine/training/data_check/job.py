"""The job "check_data": tells what data are and what is wrong with them, before anything is trained."""

from __future__ import annotations

from collections.abc import Iterator

from studio.engine.training.data_check.arrays_check import check_arrays
from studio.engine.training.data_check.guessing import guess
from studio.engine.training.data_check.images_check import check_images
from studio.engine.training.data_check.table_check import check_table
from studio.engine.training.data_check.text_check import check_text
from studio.spec.data_check import CheckData, DataFindings, DataSummary, Finding
from studio.spec.errors import UserError
from studio.spec.events import Ended, Event
from studio.spec.job import Control
from studio.zoo.files.errors import DataError

_CHECKS = {
    "table": check_table,
    "images": check_images,
    "text": check_text,
    "arrays": check_arrays,
    "image_arrays": check_arrays,
}
_ORDER = {"bad": 0, "warn": 1, "info": 2}


def run(request: CheckData, control: Control) -> Iterator[Event]:
    """Look at the data of the request, then at those of each later one that is sent, until stopped."""
    asked: CheckData | None = request
    while asked is not None:
        yield from look(asked)
        asked = control.receive()
        while asked is not None and (newer := control.receive(0)) is not None:
            asked = newer
    yield Ended("stopped")


def look(asked: CheckData) -> Iterator[DataSummary | DataFindings]:
    """The summary where the data can be read, then the findings."""
    try:
        data, task = guess(asked)
        if data["name"] not in _CHECKS:
            raise UserError("data.unchecked", f"The data set `{data['name']}` is not looked at.")
        summary, findings = _CHECKS[data["name"]](data, task, asked.number)
        yield summary
    except (DataError, UserError) as error:
        findings = [Finding(error.name, "bad", error.what, " ".join(filter(None, (error.why, error.remedy))))]
    except MemoryError:
        findings = [Finding("memory.full", "bad", "These data do not fit in the memory.")]
    yield DataFindings(asked.number, tuple(sorted(findings, key=lambda one: _ORDER[one.severity])))
