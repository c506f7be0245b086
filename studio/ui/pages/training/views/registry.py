"""Which views there are for which kind of problem; the first is in front."""

from __future__ import annotations

from collections.abc import Callable

from studio.ui.pages.training.views.attention_view import AttentionView
from studio.ui.pages.training.views.boundary_view import BoundaryView
from studio.ui.pages.training.views.episode_view import EpisodeView
from studio.ui.pages.training.views.fit_view import FitView
from studio.ui.pages.training.views.forecast_view import ForecastView
from studio.ui.pages.training.views.plane_view import PlaneView
from studio.ui.pages.training.views.reconstructions_view import ReconstructionsView
from studio.ui.pages.training.views.report_view import ReportView
from studio.ui.pages.training.views.samples_view import SamplesView
from studio.ui.pages.training.views.scenes_view import ScenesView
from studio.ui.pages.training.views.threshold_view import ThresholdView
from studio.ui.pages.training.views.view import TaskView
from studio.ui.pages.training.views.written_view import WrittenView
from studio.ui.theme.theme import Theme

MakeView = Callable[[Theme], TaskView]

VIEWS: dict[str, tuple[MakeView, ...]] = {
    "classification": (BoundaryView, ThresholdView),
    "regression": (FitView,),
    "language": (WrittenView,),
    "translation": (AttentionView,),
    "forecasting": (ForecastView,),
    "adversarial": (SamplesView,),
    "autoencoding": (PlaneView, ReconstructionsView),
    "reinforcement": (EpisodeView,),
    "detection": (ScenesView,),
}
"""The views in the middle of the tab, below the curves."""

SIDE_VIEWS: dict[str, tuple[MakeView, ...]] = {
    "classification": (ReportView,),
    "regression": (ReportView,),
}
"""The views at the right, narrow ones."""


def views_for(task: str, theme: Theme) -> list[TaskView]:
    """New views for the middle."""
    return [make(theme) for make in VIEWS.get(task, ())]


def side_views_for(task: str, theme: Theme) -> list[TaskView]:
    """New views for the right side."""
    return [make(theme) for make in SIDE_VIEWS.get(task, ())]
