"""From the specification of a run to a plain PyTorch script that gives the same bits on a CPU."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from studio.catalog.given import expression, said_by
from studio.catalog.shelf import RUN_DEFAULTS, entry, scheduler_defaults
from studio.scripting.parts import batches_text, change_text, evaluate_text, train_epoch_text
from studio.scripting.source import excerpt, import_lines, inlined_return
from studio.spec.run import RunSpec
from studio.spec.tasks import TASKS

_WIDTH = 110
_OURS = "studio."
_PACKAGES = {"sklearn": "scikit-learn", "PIL": "pillow"}


def training_script(spec: RunSpec, changes: Sequence[Mapping[str, Any]] = ()) -> str:
    """A script that trains as `spec` says, with torch alone: no studio in it.

    `changes` are those that were made by hand while the run trained, as its result has them: each
    with `key`, `value` and the number of steps (`step`) that were done before.

    Run on a CPU it has the same losses and final weights as the studio's run, bit for bit; it
    prints a line an epoch and saves ``model.pt``, a state dict.
    """
    writer = _Writer(spec, [(change["step"], change["value"]) for change in changes])
    parts = [writer.constants(), *writer.definitions(), *writer.functions(), writer.main()]
    body = "\n\n\n".join(parts)
    head = "\n".join(import_lines(writer.imports))
    return f'{writer.docstring()}\n\n{head}\n\n{body}\n\n\nif __name__ == "__main__":\n    main()\n'


def model_source(spec: RunSpec, given: Mapping[str, Any] | None = None) -> tuple[str, str, set[tuple[str, str]]]:
    """The definition of a specification's model ("" where torch has it), the expression that makes one,
    and the imports that both need.

    `given` are the sizes that the data said to the model; without them the expression may read them off the data.
    """
    writer = _Writer(spec, [], given)
    expression = writer.model_text()
    known = entry("model", spec.model.name)
    if inlined_return(known.factory, writer.given()):
        return "", expression, writer.imports
    part = excerpt(known.factory)
    return part.text, expression, writer.imports | part.imports


class _Writer:
    """Gathers the parts of one script, and the imports that they need."""

    def __init__(
        self, spec: RunSpec, changes: list[tuple[int, float]], given: Mapping[str, Any] | None = None
    ) -> None:
        self.spec = spec
        self._given = given or {}
        self._changes = changes
        self.imports: set[tuple[str, str]] = {("torch", ""), ("torch", "Tensor"), ("torch", "nn")}
        self._scheduler = entry("scheduler", spec.scheduler.name) if spec.scheduler else None
        self._model = entry("model", spec.model.name)
        self._data = entry("dataset", spec.data.name)
        self._loss = entry("loss", spec.loss.name)
        self._task = TASKS[spec.task]

    def docstring(self) -> str:
        """What the script does, and what it needs."""
        packages = sorted(
            {_PACKAGES.get(top, top) for top in (module.split(".")[0] for module, _ in self.imports)}
        )
        needed = [one for one in packages if one not in sys.stdlib_module_names]
        listed = " and ".join(filter(None, (", ".join(needed[:-1]), needed[-1])))
        what = f"Trains the model `{self.spec.model.name}` on the data set `{self.spec.data.name}`."
        words = (
            f"Needs {listed}. Written by PyTorch Studio, whose run this is: on a CPU, with the same number of "
            "threads, this script has the same losses and the same weights, bit for bit."
        )
        return f'"""{what}\n\n{textwrap.fill(words, _WIDTH - 10)}\n"""'

    def constants(self) -> str:
        """The numbers that a reader may want to change."""
        training = self.spec.training
        device = f'torch.device("{training.device}")'
        if training.device == "auto":
            device = 'torch.accelerator.current_accelerator(check_available=True) or torch.device("cpu")'
        lines = [
            f"SEED = {training.seed}",
            f"THREADS = {training.threads}  # another number of threads rounds otherwise",
            f"DEVICE = {device}",
            f"EPOCHS = {training.epochs}",
            f"BATCH_SIZE = {training.batch_size}",
            f"LEARNING_RATE = {self._learning_rate()!r}",
        ]
        if self._changes:
            comment = "# What was changed by hand while the run trained: after so many steps, this learning rate."
            lines += [comment, f"RATE_CHANGES = {self._changes!r}"]
        return "\n".join(lines)

    def definitions(self) -> list[str]:
        """The data set, the model, and what else torch does not have, word for word as the studio has them."""
        wanted = [self._data.factory]
        if not inlined_return(self._model.factory, self.given()):
            wanted.append(self._model.factory)
        if self._loss.factory.startswith(_OURS):
            wanted.append(self._loss.factory)
        wanted += [one for one in (self._task.step, self._task.judge or self._task.measure) if one]
        parts = [excerpt(factory) for factory in wanted]
        self.imports = self.imports.union(*(part.imports for part in parts))
        return [*dict.fromkeys(text for part in parts for text in part.definitions)]

    def functions(self) -> list[str]:
        """Batches, one epoch, and the test."""
        self.imports.add(("collections.abc", "Iterator"))
        stepped = "" if self._scheduler is None else self._scheduler.tags[0]
        shuffle = self.spec.training.shuffle
        return [
            batches_text(shuffle),
            *([change_text(bool(self._scheduler))] if self._changes else []),
            train_epoch_text(
                shuffle, stepped == "each_step", changes=self._change_call(), own_step=not self._task.is_ordinary
            ),
            *([] if self._task.judge else [evaluate_text(bool(self._task.measure))]),
        ]

    def main(self) -> str:
        """The function that puts all together, in the order in which the studio does it."""
        cast = "" if self.spec.training.precision == "float32" else f", torch.{self.spec.training.precision}"
        input_cast = "" if self._data.gives == "tokens" else cast
        target_cast = "" if self._task.told_by_class else cast
        lines = [
            '"""Trains, tells how it goes, saves the weights; returns the model and the loss of each step."""',
            "torch.set_num_threads(THREADS)",
            "torch.manual_seed(SEED)  # every random number below comes from here",
            f"train_x, train_y, test_x, test_y = {self._data_call()}",
            f"train_x, test_x = train_x.to(DEVICE{input_cast}), test_x.to(DEVICE{input_cast})",
            f"train_y, test_y = train_y.to(DEVICE{target_cast}), test_y.to(DEVICE{target_cast})",
            "",
            f"model = {self.model_text()}.to(DEVICE{cast})",
            f"criterion = {_call(self._loss_name(), self._arguments('loss'))}",
            f"optimizer = {self._optimizer_text()}",
            *self._scheduler_lines(),
            "",
            "losses: list[float] = []",
            "for epoch in range(EPOCHS):",
            f"    losses += {self._epoch_call()}",
            *self._after_epoch(),
            "",
            'torch.save(model.state_dict(), "model.pt")',
            "return model, losses",
        ]
        indented = "\n".join("    " + part if part else "" for line in lines for part in line.split("\n"))
        return f"def main() -> tuple[nn.Module, list[float]]:\n{indented}"

    def _learning_rate(self) -> float:
        parameter = entry("optimizer", self.spec.optimizer.name).parameter("lr")
        default = parameter.default if parameter else 0.0
        return float(self.spec.optimizer.parameters.get("lr", default))

    def _arguments(self, table: str) -> dict[str, str]:
        """The parameters that the specification sets, as source text."""
        ingredient: Any = getattr(self.spec, table)
        return {name: repr(value) for name, value in ingredient.parameters.items()}

    def _data_call(self) -> str:
        values = self._arguments("data")
        if "task" in self._data.supplied:
            values = {"task": repr(self.spec.task)} | values
        return _call(self._data.factory.partition(":")[2], values, before=40)

    def _loss_name(self) -> str:
        name = self._loss.factory.partition(":")[2]
        return name if self._loss.factory.startswith(_OURS) else f"nn.{name}"

    def given(self) -> dict[str, str]:
        """What the data say to the model, and the specification's own parameters."""
        known = said_by(self._data) | {key: _frozen(value) for key, value in self._given.items()}
        by_class = self._task.told_by_class
        from_data = {
            name: repr(known[name]) if name in known else expression(name, by_class=by_class)
            for name in self._model.supplied
        }
        return from_data | self._arguments("model")

    def model_text(self) -> str:
        """The expression that makes the model."""
        given = self.given()
        inlined = inlined_return(self._model.factory, given)
        if inlined:
            self.imports |= inlined[1]
            return inlined[0]
        return _call(self._model.factory.partition(":")[2], given)

    def _optimizer_text(self) -> str:
        values = self._arguments("optimizer") | {"lr": "LEARNING_RATE"}
        return _call(f"torch.optim.{self.spec.optimizer.name}", values, "model.parameters()")

    def _scheduler_lines(self) -> list[str]:
        if self._scheduler is None:
            return []
        words = {"learning_rate": "LEARNING_RATE", "epochs": "EPOCHS"}
        name = self._scheduler.name
        values = {key: words[word] for (owner, key), word in RUN_DEFAULTS.items() if owner == name}
        values |= {key: repr(value) for key, value in scheduler_defaults(name, self.spec.optimizer.name).items()}
        values |= self._arguments("scheduler")
        lines = []
        if "total_steps" in self._scheduler.supplied:
            values["total_steps"] = "EPOCHS * steps_per_epoch"
            lines = ["steps_per_epoch = -(-len(train_x) // BATCH_SIZE)  # rounded up"]
        return [*lines, f"scheduler = {_call(f'torch.optim.lr_scheduler.{name}', values, 'optimizer')}"]

    def _change_call(self) -> str:
        if not self._changes:
            return ""
        return f"change_rate({'optimizer, scheduler' if self._scheduler else 'optimizer'}, step)"

    def _epoch_call(self) -> str:
        arguments = ["model", "criterion", "optimizer", "train_x", "train_y"]
        if self._scheduler is not None and ("each_step" in self._scheduler.tags or self._changes):
            arguments.insert(3, "scheduler")
        if self.spec.training.shuffle or self._changes:
            arguments.append("epoch")
        return f"train_epoch({', '.join(arguments)})"

    def _after_epoch(self) -> list[str]:
        measured = "judge" if self._task.judge else "evaluate"
        lines = [f"measures = {measured}(model, criterion, test_x, test_y)"]
        if self._scheduler is not None and "each_epoch" in self._scheduler.tags:
            value = 'measures.get("loss", losses[-1])' if self._task.judge else 'measures["loss"]'
            lines.append(f"scheduler.step({value if 'by_metric' in self._scheduler.tags else ''})")
        lines += [
            'told = ", ".join(f"test {name} {value:.4f}" for name, value in measures.items())',
            'print(f"epoch {epoch + 1:3d}: loss {losses[-1]:.4f}, {told}")',
        ]
        return [f"    {line}" for line in lines]


def _frozen(value: Any) -> Any:
    """A size as it was: read from a file, a shape is a list."""
    return tuple(value) if isinstance(value, list) else value


def _call(function: str, values: dict[str, str], *first: str, before: int = 20) -> str:
    """A call as text, on one line where that is short enough with what stands before it."""
    arguments = [*first, *(f"{name}={value}" for name, value in values.items())]
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _WIDTH - before:
        return line
    return f"{function}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"
