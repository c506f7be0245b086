"""The file of preferences: sparse TOML that people may edit, and that survives what they do to it.

Only keys that differ from their defaults are written. A key that is unknown or has a bad value is
left out, after a copy of the file was kept; a file that is no TOML at all gives the defaults. The
window starts in every case, and says what happened.
"""

from __future__ import annotations

import os
import shutil
import tomllib
from contextlib import suppress
from pathlib import Path
from typing import Any

import platformdirs
import tomli_w
from pydantic import ValidationError

from studio.settings.model import Settings

ENVIRONMENT_VARIABLE = "PYTORCH_STUDIO_CONFIG"
FILE_NAME = "settings.toml"


class SettingsStore:
    """Preferences in memory and on disk. A change is written at once."""

    def __init__(self, path: Path | None = None):
        self.path = path or config_folder() / FILE_NAME
        self.notice = ""
        """What the user should know of the last reading or writing; "" where all is well."""
        self.value = self._read()

    @property
    def backup_path(self) -> Path:
        """Where a file that could not be read in full is kept."""
        return self.path.with_name(self.path.name + ".backup")

    def change(self, **changes: Any) -> Settings:
        """Change some preferences, in memory and on disk, and give all back.

        A disk that refuses does not undo the change: it lasts as long as the window, and `notice`
        says so.

        Raises:
            ValueError: a name or a value is not allowed (a mistake of the caller); nothing changes.
        """
        self.value = Settings.model_validate({**self.value.model_dump(), **changes})
        self.notice = ""
        try:
            self._write()
        except OSError as error:
            self.notice = (
                f"The preferences could not be saved in {self.path}: {error.strerror or error}. "
                "They last until the window is closed."
            )
        return self.value

    def _read(self) -> Settings:
        try:
            text = self.path.read_bytes().decode("utf-8-sig")
            tables = tomllib.loads(text)
        except FileNotFoundError:
            return Settings()
        except OSError as error:
            self.notice = f"The preferences in {self.path} could not be read: {error.strerror or error}."
            return Settings()
        except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            self._keep_copy("are damaged", f"{error}", "The defaults are used.")
            return Settings()
        return self._valid(tables)

    def _valid(self, tables: dict[str, Any]) -> Settings:
        # TOML has arrays where the model has tuples; a strict model wants to be told.
        tables = {key: tuple(value) if isinstance(value, list) else value for key, value in tables.items()}
        try:
            return Settings.model_validate(tables)
        except ValidationError as error:
            bad = sorted({str(part["loc"][0]) for part in error.errors(include_url=False)})
        names = ", ".join(f"`{key}`" for key in bad)
        self._keep_copy("hold what this version does not know", names, "These were left out.")
        return Settings.model_validate({key: value for key, value in tables.items() if key not in bad})

    def _keep_copy(self, what: str, why: str, then: str) -> None:
        kept = ""
        with suppress(OSError):
            shutil.copyfile(self.path, self.backup_path)
            kept = f" The file as it was is kept as {self.backup_path.name}."
        self.notice = f"The preferences in {self.path} {what}: {why.rstrip('.')}. {then}{kept}"

    def _write(self) -> None:
        sparse = self.value.model_dump(mode="json", exclude_defaults=True)
        self.path.parent.mkdir(parents=True, exist_ok=True)
        temporary = self.path.with_name(f".{self.path.name}.tmp-{os.getpid()}")
        try:
            with temporary.open("wb") as stream:
                stream.write(tomli_w.dumps(sparse).encode("utf-8"))
                stream.flush()
                os.fsync(stream.fileno())
            temporary.replace(self.path)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            raise


def config_folder() -> Path:
    """Where preferences are kept: what `PYTORCH_STUDIO_CONFIG` names, or the platform's folder for them."""
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    return Path(named) if named else platformdirs.user_config_path("pytorch-studio", appauthor=False)
