"""The house rules hold, and each of them notices a tree that breaks it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.architecture import rules
from tests.architecture.rules import RULES, Rule

ROOT = Path(__file__).resolve().parents[2]

LONG_FUNCTION = "def long():\n" + "    x = 1\n" * 60
BROKEN: list[tuple[Rule, str, str]] = [
    (rules.qt_stays_in_the_window, "studio/runs/table.py", "from PySide6.QtCore import QObject"),
    (rules.qt_stays_in_the_window, "studio/engine/plot.py", "def draw():\n    import pyqtgraph"),
    (
        rules.torch_stays_in_the_engine,
        "studio/ui/pages/training/page.py",
        "def size():\n    import torch.nn as nn",
    ),
    (
        rules.torch_stays_in_the_engine,
        "studio/bridge/jobs.py",
        "import importlib\nimportlib.import_module('torch')",
    ),
    (rules.no_widgets_in_bridge_and_presenters, "studio/bridge/jobs.py", "from PySide6.QtGui import QImage"),
    (
        rules.no_widgets_in_bridge_and_presenters,
        "studio/ui/pages/runs/presenter.py",
        "from PySide6 import QtCore, QtWidgets",
    ),
    (rules.files_are_short, "studio/spec/long.py", "x = 1\n" * 401),
    (rules.functions_are_short, "tests/unit/test_long.py", LONG_FUNCTION),
    (rules.nothing_waits_blindly, "studio/bridge/jobs.py", "import time\ntime.sleep(1)"),
    (rules.nothing_waits_blindly, "studio/bridge/jobs.py", "def end(thread):\n    thread.terminate()"),
    (rules.nothing_waits_blindly, "studio/ui/busy.py", "def draw(app):\n    app.instance().processEvents()"),
    (rules.nothing_waits_blindly, "tests/ui/test_x.py", "def test_x(qtbot):\n    qtbot.wait(100)"),
    (rules.slots_are_not_lambdas_over_self, "studio/ui/x.py", "b.clicked.connect(lambda: self.go())"),
    (rules.names_say_what_is_inside, "studio/engine/utils.py", ""),
    (rules.names_say_what_is_inside, "studio/common/plots.py", ""),
    (rules.nothing_is_left_unfinished, "studio/spec/run.py", "# TODO the rest"),
    (rules.texts_name_no_machine, "resources/help/index.md", "Look into /work/data/runs."),
    (rules.texts_name_no_machine, "README.md", "cd /home/anna/studio"),
    (rules.texts_name_no_package_index, "README.md", "pip install --index-url https://example.org x"),
    (rules.texts_name_no_package_index, "pyproject.toml", 'url = "https://pypi.example/simple"'),
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_holds(rule: Rule) -> None:
    assert not rule(ROOT), rule.__doc__


@pytest.mark.parametrize(
    ("rule", "path", "source"), BROKEN, ids=[f"{rule.__name__}-{path}" for rule, path, _ in BROKEN]
)
def test_rule_notices(rule: Rule, path: str, source: str, tmp_path: Path) -> None:
    file = tmp_path / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(source, encoding="utf-8")

    found = rule(tmp_path)

    assert len(found) == 1
    assert found[0].startswith(path)


def test_every_rule_is_broken_once() -> None:
    assert {rule for rule, _, _ in BROKEN} == set(RULES)


ALLOWED = {
    "studio/ui/pages/training/page.py": (
        "from PySide6.QtWidgets import QWidget\n"
        "class Page(QWidget):\n"
        "    def wire(self):\n"
        "        self.start.clicked.connect(self._on_start)\n"
    ),
    "studio/bridge/jobs.py": "from PySide6.QtCore import QThread\n",
    "studio/engine/training/loop.py": "import torch\n",
    "resources/help/index.md": "The help lies under Help ▸ Contents; see https://pytorch.org/docs.\n",
}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_rule_lets_good_code_pass(rule: Rule, tmp_path: Path) -> None:
    for path, source in ALLOWED.items():
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(source, encoding="utf-8")
    assert not rule(tmp_path)
