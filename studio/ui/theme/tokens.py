"""The look's colours by name, for both themes. Everything that paints takes its colours from here.

Text on its ground has a contrast of at least 4.5, shapes 3; the series are from the Okabe–Ito set,
which colour-blind people can tell apart.
"""

from __future__ import annotations

DARK: dict[str, str] = {
    "window": "#15181d",
    "surface": "#1c2027",
    "raised": "#242932",
    "hover": "#2b313c",
    "selected": "#2c3446",
    "line": "#313845",
    "field_line": "#3b4452",
    "grid": "#2a303a",
    "text": "#e7eaf0",
    "muted": "#a3adbd",
    "faint": "#8a95a7",
    "accent": "#ff6a45",
    "accent_hover": "#ff7f5f",
    "on_accent": "#15181d",
    "wash": "#3a231c",
    "good": "#4cc38a",
    "warn": "#f0b429",
    "bad": "#ff6b6b",
    "good_wash": "#1a2f28",
    "warn_wash": "#332b17",
    "bad_wash": "#3a2024",
    "series1": "#56b4e9",
    "series2": "#e69f00",
    "series3": "#3fc49a",
    "series4": "#cc79a7",
    "code_keyword": "#cc79a7",
    "code_string": "#3fc49a",
    "code_number": "#3fc49a",
    "code_comment": "#8a95a7",
    "code_name": "#56b4e9",
}

LIGHT: dict[str, str] = {
    "window": "#f4f5f7",
    "surface": "#ffffff",
    "raised": "#f8f9fb",
    "hover": "#eef0f4",
    "selected": "#e6eaf3",
    "line": "#dfe3e9",
    "field_line": "#cfd5de",
    "grid": "#e9ecf0",
    "text": "#1d2430",
    "muted": "#535e6f",
    "faint": "#636d7d",
    "accent": "#c53814",
    "accent_hover": "#ad2f0f",
    "on_accent": "#ffffff",
    "wash": "#fdeae4",
    "good": "#15803d",
    "warn": "#a16207",
    "bad": "#c62828",
    "good_wash": "#e8f5ec",
    "warn_wash": "#fbf3e0",
    "bad_wash": "#fcebeb",
    "series1": "#0072b2",
    "series2": "#9c5e00",
    "series3": "#007a58",
    "series4": "#a8497f",
    "code_keyword": "#a8497f",
    "code_string": "#007a58",
    "code_number": "#007a58",
    "code_comment": "#636d7d",
    "code_name": "#0072b2",
}

TEXT_ON_GROUND: tuple[tuple[str, str], ...] = (
    *((text, ground) for text in ("text", "muted", "faint") for ground in ("window", "surface", "raised")),
    *((text, "surface") for text in ("accent", "good", "warn", "bad", "code_name", "code_keyword", "code_string")),
    *((text, "raised") for text in ("code_name", "code_keyword", "code_string", "code_number", "code_comment")),
    ("text", "selected"),
    ("muted", "selected"),
    ("text", "hover"),
    ("on_accent", "accent"),
    ("on_accent", "accent_hover"),
    ("text", "wash"),
    ("text", "good_wash"),
    ("text", "warn_wash"),
    ("text", "bad_wash"),
)
"""Pairs that carry text, and so need a contrast of 4.5."""

SHAPE_ON_GROUND: tuple[tuple[str, str], ...] = tuple(
    (shape, ground)
    for shape in ("series1", "series2", "series3", "series4", "accent", "good", "warn", "bad")
    for ground in ("window", "surface")
)
"""Pairs that carry a meaning by shape, and so need a contrast of 3."""


def contrast(first: str, second: str) -> float:
    """The contrast ratio of two colours, 1 to 21, after WCAG 2.2.

    Source: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio
    """
    light, dark = sorted((_luminance(first), _luminance(second)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(color: str) -> float:
    channels = [int(color[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
