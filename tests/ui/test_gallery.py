"""The gallery of recipes: every recipe has a card, and pressing one chooses it."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QLineEdit, QPushButton

from studio.catalog.recipes import recipes
from studio.ui.pages.training.gallery import Gallery, RecipeCard
from studio.ui.theme.theme import Theme


@pytest.fixture
def gallery(qtbot, qapp):
    """The gallery with every recipe that ships."""
    theme = Theme(qapp, "light")
    gallery = Gallery(theme, recipes())
    gallery.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(gallery)
    gallery.show()
    yield gallery
    theme.deleteLater()


def test_every_recipe_has_a_card_with_its_field_and_two_sentences(gallery):
    cards = gallery.findChildren(RecipeCard)
    assert {card.recipe.name for card in cards} == {one.name for one in recipes()}
    for card in cards:
        assert card.recipe.field != "More", card.recipe.name
        assert card.recipe.summary.count(". ") == 1, f"{card.recipe.name}: two sentences"
        assert card.recipe.summary.endswith("."), card.recipe.name
        assert len(card.recipe.icon_text) <= 4, card.recipe.name


def test_the_search_leaves_what_answers_it(gallery):
    gallery.findChild(QLineEdit, "train.gallery.search").setText("moons")
    assert [card.recipe.name for card in gallery.findChildren(RecipeCard) if card.isVisible()] == ["two-moons"]


def test_pressing_a_card_chooses_its_recipe(window, qtbot):
    box = window.findChild(QComboBox, "train.recipe")
    qtbot.waitUntil(lambda: box.currentData() is not None)
    window.findChild(QPushButton, "train.gallery.open").click()
    qtbot.waitUntil(lambda: window.findChild(RecipeCard, "train.gallery.diabetes") is not None)
    window.findChild(RecipeCard, "train.gallery.diabetes").click()
    assert box.currentData() == "diabetes"
