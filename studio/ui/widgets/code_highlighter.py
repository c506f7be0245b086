"""Colours Python code as it is typed, by Pygments' tokens and the theme's colours."""

from __future__ import annotations

from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType
from PySide6.QtGui import QFont, QSyntaxHighlighter, QTextCharFormat, QTextDocument

from studio.ui.theme.theme import Theme

_COLORS: tuple[tuple[_TokenType, str], ...] = (
    (Comment, "code_comment"),
    (Keyword, "code_keyword"),
    (Operator.Word, "code_keyword"),
    (String, "code_string"),
    (Number, "code_number"),
    (Name.Function, "code_name"),
    (Name.Class, "code_name"),
    (Name.Decorator, "code_name"),
    (Name.Builtin, "code_name"),
)
_PLAIN, _IN_DOUBLE, _IN_SINGLE = 0, 1, 2
_QUOTES = {_IN_DOUBLE: '"""', _IN_SINGLE: "'''"}


class CodeHighlighter(QSyntaxHighlighter):
    """Highlights line by line; a block's state says in which kind of long string its end lies."""

    def __init__(self, theme: Theme, document: QTextDocument) -> None:
        super().__init__(document)
        self._theme = theme
        self._lexer = PythonLexer(stripnl=False, ensurenl=False)
        self._formats: dict[str, QTextCharFormat] = {}
        theme.changed.connect(self._on_theme_changed)
        self._on_theme_changed()

    def highlightBlock(self, text: str) -> None:
        state = max(self.previousBlockState(), _PLAIN)
        start = 0
        if state != _PLAIN:
            end = text.find(_QUOTES[state])
            start = len(text) if end < 0 else end + 3
            self.setFormat(0, start, self._formats["code_string"])
            state = state if end < 0 else _PLAIN
        if state == _PLAIN:
            state = self._tokens(text, start)
        self.setCurrentBlockState(state)

    def _tokens(self, text: str, start: int) -> int:
        rest = text[start:]
        opened = _opened(rest)
        if opened is not None:
            place, _ = opened
            self.setFormat(start + place, len(rest) - place, self._formats["code_string"])
            rest = rest[:place]
        at = start
        called_before = ""
        for kind_of, value in self._lexer.get_tokens(rest):
            color = next((name for token, name in _COLORS if kind_of in token), "")
            if kind_of in Name and rest[at - start + len(value) :].lstrip().startswith("("):
                color = color or ("code_name" if called_before == "." else "")
            if color and value.strip():
                self.setFormat(at, _units(value), self._formats[color])
            called_before = value
            at += _units(value)
        return opened[1] if opened is not None else _PLAIN

    def _on_theme_changed(self) -> None:
        for _, name in _COLORS:
            made = QTextCharFormat()
            made.setForeground(self._theme.color(name))
            if name == "code_comment":
                made.setFontWeight(QFont.Weight.Normal)
            self._formats[name] = made
        self.rehighlight()


def _units(text: str) -> int:
    """The length as Qt counts, in UTF-16 units."""
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


def _opened(text: str) -> tuple[int, int] | None:
    """Where a long string begins that does not end on this line, and with which quotes."""
    at = 0
    while at < len(text):
        if text[at] == "#":
            return None
        for kind, quotes in _QUOTES.items():
            if text.startswith(quotes, at):
                end = text.find(quotes, at + 3)
                if end < 0:
                    return at, kind
                at = end + 2
                break
        else:
            if text[at] in "\"'":
                end = _end_of_short(text, at)
                at = end
        at += 1
    return None


def _end_of_short(text: str, at: int) -> int:
    quote, at = text[at], at + 1
    while at < len(text) and text[at] != quote:
        at += 2 if text[at] == "\\" else 1
    return at
