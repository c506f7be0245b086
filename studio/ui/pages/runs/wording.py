"""How a run is put into words: columns of the table, states, facts. No Qt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from studio.runs.details import RunDetails
from studio.runs.row import RunRow
from studio.runs.state import RunStatus
from studio.spec.quantities import duration, measure, metric_title, number, size


@dataclass(frozen=True)
class StatusLook:
    """How a state is shown: by a sign and a word, and by colour besides."""

    icon: str
    colour: str
    meaning: str


STATUS_LOOKS: dict[RunStatus, StatusLook] = {
    "queued": StatusLook("clock", "muted", "It waits to begin."),
    "running": StatusLook("circle-play", "series1", "A process works on it now."),
    "paused": StatusLook("circle-pause", "series1", "It waits; its model stays loaded."),
    "finished": StatusLook("circle-check", "good", "It went to its last epoch."),
    "stopped": StatusLook("circle-stop", "muted", "It was asked to stop, and can go on."),
    "failed": StatusLook("circle-x", "bad", "An error ended it."),
    "interrupted": StatusLook("triangle-alert", "warn", "Its process ended without a word; it can go on."),
}


@dataclass(frozen=True)
class Column:
    """A column of the table: its title, what a cell says, and by what it is sorted."""

    title: str
    text: Callable[[RunRow], str]
    key: Callable[[RunRow], Any]
    width: int
    is_number: bool = False


def best(row: RunRow) -> str:
    """The best value of the run's metric."""
    return measure(row.best, row.metric)


def started(row: RunRow) -> str:
    """When the run was made, in the time of this place."""
    try:
        return datetime.fromisoformat(row.created).astimezone().strftime("%Y-%m-%d %H:%M")
    except ValueError:
        return "–"


def started_shortly(row: RunRow) -> str:
    """When the run was made, in a few characters: the time for a run of this year, the day for older ones."""
    try:
        moment = datetime.fromisoformat(row.created).astimezone()
    except ValueError:
        return "–"
    is_recent = moment.year == datetime.now().astimezone().year
    return moment.strftime("%d %b %H:%M" if is_recent else "%Y-%m-%d")


def epochs(row: RunRow) -> str:
    """How far the run came."""
    return f"{row.epoch} / {row.epochs}" if row.epochs else "–"


def short_name(run_id: str) -> str:
    """The number of a run, where there is no room for its name too."""
    return run_id.partition("-")[0]


COLUMNS = (
    Column("Run", lambda row: row.id, lambda row: row.id, 180),
    Column("Recipe", lambda row: row.recipe or "–", lambda row: row.recipe, 134),
    Column("Status", lambda row: row.status, lambda row: row.status, 112),
    Column("Metric", lambda row: metric_title(row.metric), lambda row: row.metric, 116),
    Column("Best", best, lambda row: (row.best is not None, row.best or 0.0), 104, True),
    Column("Epochs", epochs, lambda row: row.epoch, 92, True),
    Column("Duration", lambda row: duration(row.seconds), lambda row: row.seconds, 88, True),
    Column("Started", started_shortly, lambda row: row.created, 120),
)
STARTED = len(COLUMNS) - 1


def matches(row: RunRow, words: str) -> bool:
    """Whether every word of a filter occurs in what the table says of a run, or in its ingredients."""
    text = " ".join((row.id, row.recipe, row.status, row.metric, row.model, row.data, row.optimizer)).lower()
    return all(word in text for word in words.lower().split())


def state_facts(details: RunDetails) -> list[tuple[str, str]]:
    """Where a run stands."""
    row = details.row
    facts = [
        ("Status", row.status),
        ("Epochs", epochs(row)),
        ("Steps", f"{row.step:,}"),
        ("Duration", duration(row.seconds)),
        ("Started", started(row)),
    ]
    if row.metric:
        facts += [("Metric", metric_title(row.metric)), ("Best", best(row))]
        facts += [("Last", measure(row.value, row.metric))]
    return facts


def result_facts(details: RunDetails) -> list[tuple[str, str]]:
    """What came out."""
    metrics = details.result.get("metrics")
    facts = [
        (metric_title(name).capitalize(), measure(value, name) if isinstance(value, int | float) else str(value))
        for name, value in (metrics.items() if isinstance(metrics, dict) else ())
    ]
    weights = str(details.result.get("weights_sha256") or "")
    return facts + ([("Weights", f"{weights[:8]}…{weights[-4:]}")] if weights else [])


def checkpoint_facts(details: RunDetails) -> list[tuple[str, str]]:
    """The checkpoints that are there, newest first."""
    facts = []
    for entry in reversed(details.checkpoints):
        parts = [f"epoch {entry.epoch}", size(entry.size)]
        if entry.metric is not None:
            parts.insert(1, measure(entry.metric, details.row.metric))
        facts.append((f"Step {entry.step:,}", " · ".join(parts) + (" · best" if entry.is_best else "")))
    return facts


def spec_facts(details: RunDetails) -> list[tuple[str, str]]:
    """The specification, one line a table: ``optimizer`` → ``AdamW · lr 0.001``."""
    lines: dict[str, list[str]] = {}
    for key, value in details.spec.items():
        table, _, name = key.partition(".")
        text = f"{name.replace('_', ' ')} {value_text(value)}" if name else value_text(value)
        lines.setdefault(table, []).append(text)
    return [(table.capitalize(), " · ".join(parts)) for table, parts in lines.items()]


def environment_facts(details: RunDetails) -> list[tuple[str, str]]:
    """What the run ran on."""
    environment = details.environment
    titles = {
        "studio": "Studio",
        "python": "Python",
        "platform": "System",
        "processor": "Processor",
        "device": "Device",
        "threads": "Threads",
    }
    facts = [(title, str(environment[key])) for key, title in titles.items() if environment.get(key)]
    packages = environment.get("packages")
    return facts + (
        [(name, str(version)) for name, version in packages.items()] if isinstance(packages, dict) else []
    )


def value_text(value: Any) -> str:
    """A value of a specification in a few characters; a dash where it is not set."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return number(value)
    if isinstance(value, list | tuple):
        return ", ".join(value_text(part) for part in value)
    return str(value)
