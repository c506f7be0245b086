"""What the options of the loop add to a script: constants, functions and lines of its main function."""

from __future__ import annotations

from studio.catalog.options import Group
from studio.spec.options import TrainingSpec

_GROUPS = '''\
def parameter_groups(model: nn.Module) -> list[dict[str, Any]]:
    """The parameters, those with values of their own in groups; the others come first."""
    groups: dict[str, dict[str, Any]] = {"{}": {"params": []}}
    for name, parameter in model.named_parameters():
        own: dict[str, Any] = {}
        for pattern, values in GROUPS:
            if fnmatchcase(name, pattern):
                own |= values
        groups.setdefault(str(own), {"params": [], **own})["params"].append(parameter)
    return [group for group in groups.values() if group["params"]]'''

_FREEZE = """\
for name, parameter in model.named_parameters():
    if any(fnmatchcase(name, pattern) for pattern in FREEZE):
        parameter.requires_grad_(False)  # it stays as it is"""

_SWA = """\
if epoch >= AVERAGE_FROM:
    averaged.update_parameters(model)
    update_bn(train_x.split(BATCH_SIZE), averaged)  # batch norm has to know the new weights
    measured = averaged.module"""

_EMA = """\
if epoch >= AVERAGE_FROM:
    measured = averaged.module"""

_PATIENCE = """\
if measures["{measure}"] {better} best:
    best, best_epoch = measures["{measure}"], epoch
elif epoch - best_epoch >= PATIENCE:
    print("It does not become better any more.")
    break"""

_SWA_UTILS = "torch.optim.swa_utils"


class OptionsText:
    """Writes what the options of a specification add.

    `judged_by` is the test measure that says which epoch is the best, such as ``accuracy``.
    """

    def __init__(self, options: TrainingSpec, groups: list[Group], judged_by: str, *, higher: bool) -> None:
        self._options, self._groups = options, groups
        self._judged_by, self._higher = judged_by, higher
        self.imports: set[tuple[str, str]] = set()
        if groups or options.freeze:
            self.imports.add(("fnmatch", "fnmatchcase"))
        if groups:
            self.imports.add(("typing", "Any"))
        if options.average != "none":
            self.imports.add((_SWA_UTILS, "AveragedModel"))
            name = "get_ema_multi_avg_fn" if options.average == "ema" else "update_bn"
            self.imports.add((_SWA_UTILS, name))
        if options.patience is not None:
            self.imports.add(("math", ""))
        if options.deterministic:
            self.imports.add(("os", ""))

    @property
    def has_average(self) -> bool:
        """Whether another model than the one that trains is measured."""
        return self._options.average != "none"

    @property
    def network(self) -> str:
        """The name of what is trained."""
        return "network" if self._options.compile else "model"

    @property
    def measured(self) -> str:
        """The name of what is measured and saved."""
        return "measured" if self.has_average else "model"

    def constants(self) -> list[str]:
        """Numbers that a reader may want to change."""
        options = self._options
        lines = []
        for name in ("clip_norm", "clip_value", "patience"):
            if (value := getattr(options, name)) is not None:
                lines.append(f"{name.upper()} = {value!r}")
        if options.accumulate > 1:
            lines.append(f"ACCUMULATE = {options.accumulate}  # parts of a batch, to save memory")
        if options.average == "ema":
            lines.append(f"AVERAGE_DECAY = {options.average_decay!r}")
        if self.has_average:
            lines.append(f"AVERAGE_FROM = {options.average_from}  # the first epoch that is averaged, from 0")
        if options.freeze:
            lines.append(f"FREEZE = {options.freeze!r}  # patterns of names of parameters")
        if self._groups:
            pairs = [(group.pattern, dict(group.values)) for group in self._groups]
            lines.append(f"GROUPS: list[tuple[str, dict[str, Any]]] = {pairs!r}")
        return lines

    def functions(self) -> list[str]:
        """Functions that stand before the others."""
        return [_GROUPS] if self._groups else []

    def before_data(self) -> list[str]:
        """What is set before the first random number is drawn."""
        if not self._options.deterministic:
            return []
        return [
            'os.environ["CUBLAS_WORKSPACE_CONFIG"] = ":4096:8"  # NVIDIA\'s GPUs want it',
            "torch.use_deterministic_algorithms(True)",
        ]

    def after_model(self) -> list[str]:
        """What is done with the model before anything else is made."""
        return [_FREEZE] if self._options.freeze else []

    def parameters(self) -> str:
        """What the optimizer is given."""
        return "parameter_groups(model)" if self._groups else "model.parameters()"

    def rates(self, value: str) -> str:
        """A learning rate of a schedule, as text; with groups one for each, in the ratio of theirs."""
        if not self._groups:
            return value
        share = 'group["lr"]' if value == "LEARNING_RATE" else f'{value} / LEARNING_RATE * group["lr"]'
        return f"[{share} for group in optimizer.param_groups]"

    def before_loop(self) -> list[str]:
        """What stands between the optimizer and the loop."""
        options, lines = self._options, []
        if options.compile:
            lines.append("network = torch.compile(model)  # the same weights, as machine code")
        if options.precision == "mixed-float16":
            lines.append("scaler = torch.amp.GradScaler(DEVICE.type)  # keeps gradients in the range of float16")
        if self.has_average:
            ema = ", multi_avg_fn=get_ema_multi_avg_fn(AVERAGE_DECAY)" if options.average == "ema" else ""
            lines += [f"averaged = AveragedModel(model{ema})", "measured: nn.Module = model"]
        if options.patience is not None:
            lines.append(f"best, best_epoch = {'-' if self._higher else ''}math.inf, -1")
        return lines

    def before_test(self) -> list[str]:
        """What is done after an epoch, before the test."""
        return [_SWA if self._options.average == "swa" else _EMA] if self.has_average else []

    def after_test(self) -> list[str]:
        """What is done with what the test says, after it was told."""
        if self._options.patience is None:
            return []
        return [_PATIENCE.format(measure=self._judged_by, better=">" if self._higher else "<")]
