"""A quick list of all runs: an SQLite file beside the folders, which stay the truth.

Only folders that changed since they were last read are read again. A file that is missing, damaged
or of another version is made anew from the folders.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import astuple, fields, replace
from pathlib import Path

from studio.runs.atomic import sweep
from studio.runs.folder import RunFolder
from studio.runs.row import RunRow, read_row, status_as_seen
from studio.runs.workspace import Workspace

_VERSION = 1
_COLUMNS = tuple(field.name for field in fields(RunRow))
# A folder may change again within the same tick of the file system's clock: one that changed just
# now is read again the next time.
_TICK = 2_000_000_000
_LARGEST = 2**63 - 1


class RunIndex:
    """The rows of all runs of a workspace. Each call opens the file on its own, in any thread."""

    def __init__(self, workspace: Workspace):
        self.workspace = workspace
        self.path = workspace.index_path
        self.was_rebuilt = False
        """Whether a damaged index was found and made anew; the damaged file is kept aside."""
        self.stamps: dict[str, int] | None = None
        """When each run's folder changed last, as the last refresh saw it; None where it could not tell."""

    @property
    def damaged_path(self) -> Path:
        """Where a damaged index is kept."""
        return self.path.with_name("index.damaged.sqlite3")

    def refresh(self) -> list[str]:
        """Read the folders that changed; returns the IDs of runs that came, changed or went.

        Nothing is returned where the file can be neither written nor made anew (read-only or full
        disk): `rows` then reads the folders themselves. What another process has read into the file
        already is not returned either: compare `stamps` to see all that is new to you.
        """
        self.stamps = None
        for _ in range(2):
            try:
                with closing(self._open()) as database:
                    return self._refreshed(database)
            except sqlite3.DatabaseError as error:
                if _is_out_of_reach(error):
                    break
                self._set_aside()
        return []

    def rows(self) -> list[RunRow]:
        """All runs, newest first, as of the last refresh; whether their processes live is asked now."""
        for _ in range(2):
            try:
                with closing(self._open()) as database:
                    query = f"SELECT {', '.join(_COLUMNS)} FROM runs ORDER BY id DESC"
                    return [_as_seen(RunRow(*values)) for values in database.execute(query)]
            except sqlite3.DatabaseError as error:
                if _is_out_of_reach(error):
                    break
                self._set_aside()
                self.refresh()
        names = sorted((name for name, _ in self._stamps()), reverse=True)
        return [read_row(RunFolder(self.workspace.runs / name)) for name in names]

    def _open(self) -> sqlite3.Connection:
        database = sqlite3.connect(self.path, timeout=5.0, isolation_level=None)
        try:
            database.execute("PRAGMA journal_mode=WAL")
            # A lost commit costs reading some folders again; the file itself stays whole in WAL mode.
            database.execute("PRAGMA synchronous=NORMAL")
            (version,) = database.execute("PRAGMA user_version").fetchone()
            if version != _VERSION:
                _make_tables(database)
        except BaseException:
            database.close()
            raise
        return database

    def _refreshed(self, database: sqlite3.Connection) -> list[str]:
        known: dict[str, int] = dict(database.execute("SELECT id, stamp FROM runs"))
        seen = dict(self._stamps())
        changed = [run for run, stamp in seen.items() if known.get(run) != stamp]
        gone = [run for run in known if run not in seen]
        moment = time.time_ns()
        rows = []
        for run in changed:
            folder = RunFolder(self.workspace.runs / run)
            sweep(folder.path)
            stamp = seen[run] if moment - seen[run] > _TICK else 0
            rows.append((stamp, *(_storable(value) for value in astuple(read_row(folder)))))
        database.execute("BEGIN IMMEDIATE")
        places = ", ".join("?" * (len(_COLUMNS) + 1))
        database.executemany(f"INSERT OR REPLACE INTO runs (stamp, {', '.join(_COLUMNS)}) VALUES ({places})", rows)
        database.executemany("DELETE FROM runs WHERE id = ?", [(run,) for run in gone])
        database.execute("COMMIT")
        self.stamps = seen
        return changed + gone

    def _stamps(self) -> Iterator[tuple[str, int]]:
        # Files in a run folder are replaced by renaming, which changes the time of the folder: one
        # look a folder is enough.
        with suppress(OSError), os.scandir(self.workspace.runs) as entries:
            for entry in entries:
                with suppress(OSError):
                    if _is_name(entry.name) and entry.is_dir(follow_symlinks=True):
                        yield entry.name, entry.stat().st_mtime_ns

    def _set_aside(self) -> None:
        self.was_rebuilt = True
        with suppress(OSError):
            self.path.replace(self.damaged_path)
        for suffix in ("-wal", "-shm"):
            with suppress(OSError):
                self.path.with_name(self.path.name + suffix).unlink()


def _make_tables(database: sqlite3.Connection) -> None:
    database.execute("BEGIN IMMEDIATE")
    database.execute("DROP TABLE IF EXISTS runs")
    columns = ", ".join(name for name in _COLUMNS if name != "id")
    database.execute(f"CREATE TABLE runs (id TEXT PRIMARY KEY, stamp INTEGER, {columns}) WITHOUT ROWID")
    database.execute(f"PRAGMA user_version={_VERSION}")
    database.execute("COMMIT")


def _is_name(name: str) -> bool:
    """Whether a folder can be a run: hidden ones are not, nor those whose name is no text (an old archive's)."""
    return not name.startswith(".") and name.isprintable() and _text(name) == name


def _storable(value: object) -> object:
    # A specification may ask for more epochs than SQLite's integers can count, or hold half a character.
    if isinstance(value, str):
        return _text(value)
    return min(max(value, -_LARGEST), _LARGEST) if isinstance(value, int) else value


def _text(value: str) -> str:
    return value.encode("utf-8", "replace").decode("utf-8")


def _is_out_of_reach(error: sqlite3.DatabaseError) -> bool:
    # Held by others, read-only, on a full or failing disk: nothing is wrong with what is in the file.
    codes = (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_IOERR,
    )
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in codes


def _as_seen(row: RunRow) -> RunRow:
    status = status_as_seen(row) if row.is_active else row.status
    return row if status == row.status else replace(row, status=status)
