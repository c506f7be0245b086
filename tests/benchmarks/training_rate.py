"""How fast the loop is beside the plain one, Lightning and skorch: python -m tests.benchmarks.training_rate.

All train in this process, in turn, on one thread. CPU time, so that a busy machine matters little; the studio's
includes its folder, estimate, curves, pictures and checkpoints. At least 0.97 of the plain loop is asked for.
Name cases to run only those: python -m tests.benchmarks.training_rate mlp cnn resnet18
"""

from __future__ import annotations

import contextlib
import importlib.util
import io
import os
import runpy
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn
from torch.utils.data import TensorDataset

from studio.catalog.checking import read_spec
from studio.engine.building import Samples
from studio.engine.training.around import Around
from studio.engine.training.job import run
from studio.engine.training.keeping import Keeper
from studio.engine.training.loop import train
from studio.engine.training.metrics import Tracker
from studio.engine.training.ranks import Alone
from studio.engine.training.state import Training
from studio.engine.training.tasks import task_of
from studio.runs.folder import RunFolder
from studio.runs.metrics import MetricsWriter
from studio.runs.workspace import Workspace
from studio.scripting.training import training_script
from studio.spec.events import Event, Measured
from studio.spec.job import Control, drive
from studio.spec.model_input import InputSpec
from studio.spec.run import RunSpec
from studio.spec.training import TrainRequest

ROUNDS = 5


@dataclass(frozen=True)
class Case:
    """What is trained, and by whom: functions that take the CPU time of one training each."""

    title: str
    plain: Callable[[], float]
    studio: Callable[[], float]
    others: dict[str, Callable[[], float] | None]
    rounds: int = ROUNDS


def seconds_of(work: Callable[[], object]) -> float:
    """CPU seconds that `work` takes; what it prints is not shown."""
    with contextlib.redirect_stdout(io.StringIO()):
        started = time.process_time()
        work()
        return time.process_time() - started


def of_recipe(title: str, settings: list[str]) -> Case:
    """A case of the digits recipe: the plain loop is the run's own script."""
    spec = read_spec("digits-cnn", ["training.device=cpu", *settings])

    def plain() -> float:
        with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
            script = Path(folder) / "script.py"
            script.write_text(training_script(spec))
            return seconds_of(runpy.run_path(str(script))["main"])

    return Case(title, plain, lambda: seconds_of(lambda: train_in_studio(spec)), {})


def train_in_studio(spec: RunSpec) -> None:
    """The whole job."""
    points = 0

    def count(event: Event) -> None:
        nonlocal points
        if isinstance(event, Measured):
            points += sum(map(len, event.series.values()))

    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace.open(Path(folder))
        ended = drive(run, TrainRequest(spec, str(workspace.root)), Control(), count)
    assert ended.outcome == "finished", ended.error
    assert points > ended.result["step"]


def of_resnet() -> Case:
    """ResNet-18 on random pictures of 64×64, against the shortest loop, Lightning and skorch."""
    inputs, targets = torch.randn(512, 3, 64, 64), torch.randint(0, 10, (512,))
    epochs, batch_size = 2, 32
    settings = ["optimizer.name=SGD", "optimizer.lr=0.01", "scheduler.name=ConstantLR", "scheduler.factor=1"]
    settings += [f"training.epochs={epochs}", f"training.batch_size={batch_size}", "training.shuffle=false"]
    spec = read_spec("digits-cnn", ["training.device=cpu", *settings])

    def loop() -> None:
        model, criterion = _resnet(), nn.CrossEntropyLoss()
        optimizer = torch.optim.SGD(model.parameters(), lr=0.01, weight_decay=0.01)
        for _ in range(epochs):
            model.train()
            for x, y in zip(inputs.split(batch_size), targets.split(batch_size), strict=True):
                loss = criterion(model(x), y)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
            model.eval()
            with torch.no_grad():
                criterion(model(inputs[:32]), targets[:32])

    def studio() -> None:
        with tempfile.TemporaryDirectory() as folder:
            model = _resnet()
            names = tuple("0123456789")
            data = (inputs, targets, inputs[:32], targets[:32])
            samples = Samples(*data, InputSpec(kind="image", shape=(3, 64, 64)), names, {})
            optimizer = torch.optim.SGD(model.parameters(), lr=0.01, weight_decay=0.01)
            cpu, criterion = torch.device("cpu"), nn.CrossEntropyLoss()
            training = Training(
                spec, cpu, samples, model, model, criterion, optimizer, None, None, steps_per_epoch=16
            )
            run_folder = RunFolder.create(Workspace.open(Path(folder)), "resnet18")
            tracker = Tracker(MetricsWriter(run_folder.metrics_path), training)
            around = Around(tracker, Keeper(run_folder, 10, 2, -1), Control(), task_of(spec.task), Alone())
            for _ in train(training, around):
                pass
        assert training.step == 16 * epochs

    others = {
        "Lightning": _by_lightning(inputs, targets, epochs, batch_size),
        "skorch": _by_skorch(inputs, targets, epochs, batch_size),
    }
    timed = {name: work and (lambda work=work: seconds_of(work)) for name, work in others.items()}
    return Case("ResNet-18, 64×64, batch 32", lambda: seconds_of(loop), lambda: seconds_of(studio), timed, 2)


def _resnet() -> nn.Module:
    from torchvision.models import resnet18

    torch.manual_seed(0)
    return resnet18(num_classes=10)


def _by_lightning(inputs, targets, epochs: int, batch_size: int) -> Callable[[], object] | None:
    if importlib.util.find_spec("lightning") is None:
        return None
    import lightning

    class Module(lightning.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.model = _resnet()

        def training_step(self, batch, index):
            x, y = batch
            return nn.functional.cross_entropy(self.model(x), y)

        def configure_optimizers(self):
            return torch.optim.SGD(self.parameters(), lr=0.01, weight_decay=0.01)

    def work() -> None:
        loader = torch.utils.data.DataLoader(TensorDataset(inputs, targets), batch_size)
        quiet = {"logger": False, "enable_progress_bar": False, "enable_model_summary": False}
        trainer = lightning.Trainer(max_epochs=epochs, accelerator="cpu", enable_checkpointing=False, **quiet)
        trainer.fit(Module(), loader)

    return work


def _by_skorch(inputs, targets, epochs: int, batch_size: int) -> Callable[[], object] | None:
    if importlib.util.find_spec("skorch") is None:
        return None
    import skorch

    def work() -> None:
        net = skorch.NeuralNetClassifier(
            _resnet(),
            criterion=nn.CrossEntropyLoss,
            optimizer=torch.optim.SGD,
            lr=0.01,
            max_epochs=epochs,
            batch_size=batch_size,
            train_split=None,
            verbose=0,
        )
        net.fit(inputs, targets)

    return work


CASES: dict[str, Callable[[], Case]] = {
    "mlp": lambda: of_recipe(
        "tiny MLP, batch 32", ["model.name=mlp", "training.batch_size=32", "training.epochs=150"]
    ),
    "cnn": lambda: of_recipe("small CNN, batch 64", ["training.epochs=60"]),
    "resnet18": of_resnet,
}


def measure(case: Case) -> None:
    """Print the median ratios over rounds of all in turn, after one that warms up."""
    who = {"the studio": case.studio, **case.others}
    installed = {name: work for name, work in who.items() if work is not None}
    ratios: dict[str, list[float]] = {name: [] for name in installed}
    for number in range(case.rounds + 1):
        plain = case.plain()
        for name, work in installed.items():
            rate = plain / work()
            if number:
                ratios[name].append(rate)
    for name in who:
        said = (
            f"{statistics.median(ratios[name]):.3f} of the plain rate, {case.rounds} rounds"
            if name in ratios
            else "not installed"
        )
        print(f"{case.title:28} {name:12} {said}", flush=True)


def main() -> None:
    """Print a ratio a line."""
    torch.set_num_threads(1)
    print(f"torch {torch.__version__}, {os.cpu_count()} cores, one thread")
    for name in sys.argv[1:] or CASES:
        measure(CASES[name]())


if __name__ == "__main__":
    main()
