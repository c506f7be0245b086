"""The left side of the Train tab: recipe, and folding groups with the fields of the specification."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QMenu, QWidget

from studio.catalog.recipes import recipes
from studio.spec.quantities import duration, size
from studio.ui.pages.training.fields import TableFields
from studio.ui.pages.training.panels.augment_panel import AugmentPanel
from studio.ui.pages.training.panels.layers_panel import LayersPanel
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
    file_asked = Signal()
    folder_asked = Signal()
    gallery_asked = Signal()

    def __init__(self, theme: Theme, presenter: TrainPresenter, parent: QWidget | None = None) -> None:
        super().__init__(328, 332, parent)
        self._presenter = presenter
        self._loaded = 0
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
            if title == "Data":
                fold.add(row(self._make_data_button(theme), None))
                self._add_augment(theme)
        self._layers = LayersPanel(theme, presenter)
        self._layers.edited.connect(self._on_layers)
        self._folds["Model"].add(self._layers)
        self.close_column()
        self.show_specification()

    def _add_augment(self, theme: Theme) -> None:
        self._augment = AugmentPanel(theme, self._presenter)
        self._augment.edited.connect(self._presenter.set_augment)
        fold = Fold(theme, "Augmentation", f"{PREFIX}.fold.augment")
        fold.add(self._augment)
        fold.set_open(False)
        self._folds["Augmentation"] = fold
        self.add(fold)

    def _make_data_button(self, theme: Theme) -> Button:
        button = Button(theme, "Your data…", "train.data.open", role="quiet", icon="database")
        button.setToolTip("Train on tables, images, texts or arrays of your own; dropping them here does the same")
        menu = named(QMenu(button), "train.data.menu", "Your data")
        menu.addAction("A file: CSV, Excel, Parquet, NumPy…").triggered.connect(self.file_asked)
        menu.addAction("A folder with a folder a class…").triggered.connect(self.folder_asked)
        button.setMenu(menu)
        return button

    def show_specification(self) -> None:
        """Show the specification, and at each field what is wrong there."""
        presenter = self._presenter
        loaded = presenter.loads
        if loaded != self._loaded:
            self._loaded = loaded
            self._layers.list.forget()
            self._augment.list.forget()
            self._folds["Augmentation"].set_open(bool(presenter.look.augment))
        found = {**presenter.look.errors, **presenter.errors}
        for table, form in self._forms.items():
            form.show_fields(presenter.fields.get(table, TableFields()))
            errors = {key: text for (owner, key), text in found.items() if owner == table}
            form.show_values(presenter.tables.get(table) or {}, errors)
        gives_images = presenter.look.dataset is not None and presenter.look.dataset.gives == "image"
        self._folds["Augmentation"].setVisible(gives_images or bool(presenter.look.augment))
        self._augment.show_specification()
        self._layers.show_specification()
        self._save.setEnabled(presenter.spec is not None)
        if not presenter.is_loaded:
            return
        note = "changed from its recipe" if presenter.spec is not None and presenter.is_changed else ""
        self._recipe.show_recipe(presenter.recipe, note, source=presenter.source)
        self.show_run()

    def show_run(self) -> None:
        """Say beside the groups what they came to in the run, as long as they are those of the run."""
        presenter = self._presenter
        look = presenter.look
        is_of_run = presenter.spec is not None and presenter.spec == presenter.run_spec
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
        if look.data_in_sight is not None:
            counts = f"{look.data_in_sight.train:,} train · {look.data_in_sight.test:,} test"
        self._folds["Data"].set_summary(counts)
        count = len(presenter.look.augment)
        self._folds["Augmentation"].set_summary(_counted(count, "transform") if count else "")
        parameters = about.get("parameters")
        learnt = "" if parameters is None else _counted(int(parameters), "parameter")
        if look.model is not None and look.is_current:
            learnt = _counted(look.model.parameters, "parameter")
            if look.model.learnt != look.model.parameters:
                learnt = f"{look.model.learnt:,} of {learnt}"
        self._folds["Model"].set_summary(learnt)
        estimate = about.get("estimate") or {}
        if not estimate and look.estimated is not None and look.is_current:
            estimate = look.estimated.as_dict()
        self._folds["Training"].set_summary(_needs(estimate, result))

    def _on_all_toggled(self, checked: bool) -> None:
        for form in self._forms.values():
            form.set_shows_all(checked)
        self._layers.list.set_shows_all(checked)
        self._augment.list.set_shows_all(checked)

    def _on_layers(self, layers: list[dict[str, Any]]) -> None:
        self._presenter.set_value("model", "layers", layers)

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
