"""Help opens from every tab, can be read with room around its parts, and its links work."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QDialog, QMainWindow, QTabWidget, QTextBrowser

TITLES = {"autograd": "Autograd", "train": "Train", "runs": "Runs", "export": "Export", "vision": "Vision"}


def _browser(window: QMainWindow) -> QTextBrowser:
    (dialog,) = [dialog for dialog in window.findChildren(QDialog, "help") if dialog.isVisible()]
    return dialog.findChild(QTextBrowser, "help.text")


@pytest.mark.parametrize(("page", "title"), TITLES.items())
def test_help_is_that_of_the_tab_in_front(window: QMainWindow, page: str, title: str) -> None:
    window.findChild(QTabWidget, "tabs").show_page(page)
    window.window_actions.show_help()
    first = _browser(window).document().firstBlock()
    assert first.text() == title
    assert first.blockFormat().headingLevel() == 1
    assert first.blockFormat().bottomMargin() > 0


def test_links_lead_to_the_other_pages(window: QMainWindow) -> None:
    window.window_actions.show_index()
    browser = _browser(window)
    browser.anchorClicked.emit(QUrl("export.md"))
    assert browser.document().firstBlock().text() == "Export"
