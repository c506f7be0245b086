"""Preferences survive whatever is done to their file."""

from __future__ import annotations

from pathlib import Path

import pytest

from studio.settings.model import RECENT_LIMIT, Settings
from studio.settings.store import SettingsStore, config_folder


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def test_missing_file_gives_the_defaults_and_writes_nothing(path: Path) -> None:
    store = SettingsStore(path)
    assert store.value == Settings()
    assert not store.notice
    assert not path.exists()


def test_only_what_differs_is_written(path: Path) -> None:
    SettingsStore(path).change(theme="dark", confirm_close=True)
    assert path.read_text() == 'theme = "dark"\n'
    assert SettingsStore(path).value == Settings(theme="dark")


def test_recent_files_come_newest_first_and_once(path: Path) -> None:
    store = SettingsStore(path)
    for name in ("a", "b", "a", *(f"f{number}" for number in range(RECENT_LIMIT - 1))):
        store.change(recent_files=store.value.with_recent(name))
    recent = SettingsStore(path).value.recent_files
    assert recent[0] == f"f{RECENT_LIMIT - 2}"
    assert recent[-1] == "a"
    assert len(recent) == RECENT_LIMIT


def test_bad_keys_are_left_out_after_a_copy_was_kept(path: Path) -> None:
    path.parent.mkdir()
    text = 'theme = "pink"\nconfirm_close = false\nfont = 12\n'
    path.write_text(text)
    store = SettingsStore(path)
    assert store.value == Settings(confirm_close=False)
    assert "`font`, `theme`" in store.notice
    assert store.backup_path.read_text() == text
    store.change(theme="light")
    assert SettingsStore(path).value == Settings(theme="light", confirm_close=False)
    assert not store.notice


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe\x00", b"[[[["], ids=["torn", "binary", "nonsense"])
def test_damaged_file_gives_the_defaults_and_is_kept(path: Path, content: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(content)
    store = SettingsStore(path)
    assert store.value == Settings()
    assert "damaged" in store.notice
    assert store.backup_path.read_bytes() == content


def test_a_disk_that_refuses_costs_only_the_saving(tmp_path: Path) -> None:
    (tmp_path / "config").write_text("a file where the folder should be")
    store = SettingsStore(tmp_path / "config" / "settings.toml")
    assert store.change(theme="dark").theme == "dark"
    assert "could not be saved" in store.notice


def test_a_value_that_is_not_allowed_changes_nothing(path: Path) -> None:
    store = SettingsStore(path)
    with pytest.raises(ValueError, match="theme"):
        store.change(theme="pink")
    assert store.value == Settings()
    assert not path.exists()


def test_the_environment_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PYTORCH_STUDIO_CONFIG", str(tmp_path))
    assert config_folder() == tmp_path
    monkeypatch.delenv("PYTORCH_STUDIO_CONFIG")
    assert config_folder().name == "pytorch-studio"


def test_a_mark_of_the_byte_order_is_passed_over(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b'\xef\xbb\xbftheme = "dark"\n')
    store = SettingsStore(path)
    assert (store.value.theme, store.notice) == ("dark", "")
