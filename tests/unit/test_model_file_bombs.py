"""Archives that would unpack to far more than they hold are refused before they are unpacked."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest

from studio.engine.model_file_code import code_in
from studio.engine.weights import load_state_dict
from studio.spec.errors import UserError


def test_an_archive_that_unpacks_to_far_more_than_it_holds_is_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pt2"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data/weights/x.pt", bytes(64 << 20))
    assert path.stat().st_size < 1 << 20
    assert "unpacks to far more" in code_in(path, "pt2")


def test_weights_that_unpack_to_far_more_than_they_hold_are_not_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.pth"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("bomb/data/0", bytes(64 << 20))
    with pytest.raises(UserError, match="far more than the file holds"):
        load_state_dict(path)
