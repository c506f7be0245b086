"""The left side of the Train tab: recipe, and folding groups with the fields of the specification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from studio.catalog.recipes import recipes
from studio.spec.quantities import duration, size
from studio.ui.pages.training.fields import TableFields
from studio.ui.pages.training.panels.recipe_box import CARD_HEIGHT, RecipeBox
from studio.ui.pages.training.panels.table_form import PREFIX, TableForm
from studio.ui.pages.training.presenter import TrainPresenter
from studio.ui.theme.theme import Theme
from studio.ui.widgets.buttons import Button
from studio.ui.widgets.fold import Fold
from studio.ui.widgets.layout import Panel, Section, row
from studio.ui.widgets.naming import named

_GROUPS = {
    "Data": (("data", "Data set"),),
    "Model": (("model", "Model"),),
    "Loss and optimizer": (("loss", "Loss"), ("optimizer", "Optimizer"), ("scheduler", "Schedule")),
    "Training": (("training", ""), ("checkpoints", "")),
}
_LEFT_OUT = {"scheduler": "constant rate", "training": "none"}


class SetupPanel(Panel):
    """Shows the presenter's specification and tells it what is changed."""

    open_asked = Signal()
    save_asked = Signal()
    gallery_asked = Signal()

    def __init__(self, theme: Theme, presenter: TrainPresenter, parent: QWidget | None = None) -> None:
        super().__init__(312, 318, parent)
        self._presenter = presenter
        self._recipe = named(RecipeBox(theme, recipes()), "train.recipe", "Recipe")
        self._recipe.currentIndexChanged.connect(self._on_recipe_chosen)
        self._recipe.activated.connect(self._on_recipe_chosen)  # the same one again: back to how it ships
        self._open = Button(theme, "Open…", "train.open_spec", role="quiet", icon="folder-open")
        self._open.setAccessibleName("Open a specification (TOML)")
        self._open.setToolTip("Open a specification (TOML); dropping one here does the same")
        self._save = Button(theme, "Save…", "train.save_spec", role="quiet", icon="save")
        self._save.setAccessibleName("Save the specification as TOML")
        self._save.setToolTip("Save the specification as TOML, for the command line or a colleague")
        self._open.clicked.connect(self.open_asked)
        self._save.clicked.connect(self.save_asked)
        section = Section("Recipe")
        gallery = Button(theme, "Gallery…", "train.gallery.open", role="quiet", icon="images")
        gallery.setToolTip("All recipes, with pictures")
        gallery.clicked.connect(self.gallery_asked)
        section.put_right(gallery)
        card = row(self._recipe)
        card.setFixedHeight(CARD_HEIGHT)  # the style sheet's own height for lists would win over the box's
        section.add(card)
        self._all = Button(theme, "All fields", "train.form.all", role="quiet", icon="sliders-horizontal")
        self._all.setCheckable(True)
        self._all.setToolTip("Show every field, those too that seldom matter")
        self._all.toggled.connect(self._on_all_toggled)
        section.add(row(self._open, self._save, None, self._all, spacing=0))
        self.add(section)
        self._folds: dict[str, Fold] = {}
        self._forms: dict[str, TableForm] = {}
        for title, tables in _GROUPS.items():
            fold = Fold(theme, title, f"{PREFIX}.fold.{tables[0][0]}")
            for table, field_title in tables:
                form = TableForm(table, field_title, _LEFT_OUT.get(table, "automatic"))
                form.changed.connect(presenter.set_value)
                fold.add(form)
                self._forms[table] = form
            self._folds[title] = fold
            self.add(fold)
        self.close_column()
        self.show_specification()

    def show_specification(self) -> None:
        """Show the specification, and at each field what is wrong there."""
        presenter = self._presenter
        for table, form in self._forms.items():
            form.show_fields(presenter.fields.get(table, TableFields()))
            errors = {key: text for (owner, key), text in presenter.errors.items() if owner == table}
            form.show_values(presenter.tables.get(table) or {}, errors)
        self._save.setEnabled(presenter.spec is not None)
        if not presenter.is_loaded:
            return
        note = "changed from its recipe" if presenter.spec is not None and presenter.is_changed else ""
        self._recipe.show_recipe(presenter.recipe, note, source=presenter.source)
        self.show_run()

    def show_run(self) -> None:
        """Say beside the groups what they came to in the run, as long as they are those of the run."""
        presenter = self._presenter
        is_of_run = presenter.spec == presenter.run_spec
        about = presenter.run.about if is_of_run else {}
        ended = presenter.ended if is_of_run else None
        result = ended.result if ended else {}
        if ended and ended.outcome != "finished":
            result = {key: value for key, value in result.items() if key != "estimated"}
        counts = (
            f"{about['train_samples']:,} train · {about['test_samples']:,} test"
            if "train_samples" in about
            else ""
        )
        self._folds["Data"].set_summary(counts)
        parameters = about.get("parameters")
        self._folds["Model"].set_summary("" if parameters is None else _counted(int(parameters), "parameter"))
        self._folds["Training"].set_summary(_needs(about.get("estimate") or {}, result))

    def _on_all_toggled(self, checked: bool) -> None:
        for form in self._forms.values():
            form.set_shows_all(checked)

    def _on_recipe_chosen(self) -> None:
        name = self._recipe.currentData()
        if name is not None:
            self._presenter.choose_recipe(name)


def _needs(estimate: Mapping[str, Any], result: Mapping[str, Any]) -> str:
    """What a run needs, and once it has finished, how good that estimate was."""
    if "seconds" in result:
        estimated = result.get("estimated", {}).get("seconds")
        said = "" if estimated is None else f", estimated {duration(estimated)}"
        return f"took {duration(result['seconds'])}{said}"
    if "seconds" in estimate:
        return f"about {duration(estimate['seconds'])} · {size(estimate['memory'])}"
    return ""


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"
