"""Every colour can be read on its ground, in both themes."""

from __future__ import annotations

import re
from itertools import product

import pytest

from studio.ui.theme.stylesheet import stylesheet
from studio.ui.theme.tokens import DARK, LIGHT, SHAPE_ON_GROUND, TEXT_ON_GROUND, contrast

THEMES = {"dark": DARK, "light": LIGHT}
GROUNDS = ("window", "surface", "raised")
ON_EVERY_GROUND = tuple(product(("text", "muted", "faint"), GROUNDS))
NOT_READ = {"line", "field_line", "grid"}  # hairlines: they carry no meaning


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("text", "ground"), sorted({*TEXT_ON_GROUND, *ON_EVERY_GROUND}))
def test_text_is_readable(text: str, ground: str, theme: str) -> None:
    tokens = THEMES[theme]
    assert contrast(tokens[text], tokens[ground]) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("shape", "ground"), SHAPE_ON_GROUND)
def test_shape_is_visible(shape: str, ground: str, theme: str) -> None:
    tokens = THEMES[theme]
    assert contrast(tokens[shape], tokens[ground]) >= 3


def test_themes_have_the_same_tokens() -> None:
    assert set(DARK) == set(LIGHT)
    assert all(re.fullmatch(r"#[0-9a-f]{6}", value) for theme in THEMES.values() for value in theme.values())


def test_no_token_escapes_the_check() -> None:
    checked = {token for pair in (*TEXT_ON_GROUND, *SHAPE_ON_GROUND) for token in pair}
    assert set(DARK) - checked - NOT_READ == set()


@pytest.mark.parametrize(
    ("first", "second", "ratio"),
    [
        ("#000000", "#ffffff", 21.0),
        ("#777777", "#ffffff", 4.48),
        ("#ffffff", "#ffffff", 1.0),
        ("#0000ff", "#ffffff", 8.59),
    ],
)
def test_contrast_is_that_of_the_standard(first: str, second: str, ratio: float) -> None:
    assert contrast(first, second) == pytest.approx(ratio, abs=0.01)
    assert contrast(second, first) == contrast(first, second)


@pytest.mark.parametrize("theme", THEMES)
def test_style_sheet_has_no_colour_of_its_own(theme: str) -> None:
    tokens = THEMES[theme]
    indicators = dict.fromkeys(("down", "up", "right", "check", "dash", "close"), "x.svg")
    used = set(re.findall(r"#[0-9a-fA-F]{6}", stylesheet(tokens, indicators)))
    assert used <= set(tokens.values())
