"""The functions that every training script has, as text; they do what the studio's loop does, in its order."""

from __future__ import annotations

from textwrap import indent

_SHUFFLED = '''\
def batches(inputs: Tensor, targets: Tensor, epoch: int) -> Iterator[tuple[Tensor, Tensor]]:
    """Gives the samples in batches, in a new order each epoch that depends on the seed alone."""
    order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(SEED + epoch))
    for chosen in order.to(inputs.device).split(BATCH_SIZE):
        yield inputs[chosen], targets[chosen]'''

_IN_ORDER = '''\
def batches(inputs: Tensor, targets: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Gives the samples in batches, in the order in which they are."""
    yield from zip(inputs.split(BATCH_SIZE), targets.split(BATCH_SIZE), strict=True)'''

_EPOCH = '''\
def train_epoch(
    model: nn.Module,
    criterion: nn.Module,
    optimizer: torch.optim.Optimizer,{more}
    inputs: Tensor,
    targets: Tensor,{epoch}
) -> list[float]:
    """Shows the model each sample once; returns the loss of each step."""
    model.train()
    losses = []
    for {numbered}:{change}{augment}
{step}{scheduler_step}
        losses.append(loss.item())
    return losses'''

_EVALUATE = '''\
def evaluate(model: nn.Module, criterion: nn.Module, inputs: Tensor, targets: Tensor) -> dict[str, float]:
    """Measures the model on samples that it did not learn from."""
    model.eval()  # dropout off, batch norm with its running averages
    with torch.no_grad():
        outputs = torch.cat([model(part) for part in inputs.split(1000)])
    return {{"loss": criterion(outputs, targets).item(){measures}}}'''


_CHANGE = '''\
def change_rate(
    {arguments}, step: int
) -> None:
    """Does what was done by hand: sets the learning rate{shape}."""
    for when, rate in RATE_CHANGES:
        if when != step:
            continue
        {ratio}{each}:
            group["lr"] = rate{share}{scale}'''

_EACH = "for group in optimizer.param_groups"

# A schedule may be at 0 right now; then the ratios of the groups are those that they started from.
_EACH_IN_ITS_RATIO = """\
key = "lr" if optimizer.param_groups[0]["lr"] > 0 else "initial_lr"
        rates = [group[key] for group in optimizer.param_groups]
        for group, own in zip(optimizer.param_groups, rates, strict=True)"""

_SCALE = """
            group |= {name: group[name] * ratio for name in ("initial_lr", "max_lr", "min_lr") if name in group}
        for bounds in ("base_lrs", "max_lrs"):
            if hasattr(scheduler, bounds):
                setattr(scheduler, bounds, [bound * ratio for bound in getattr(scheduler, bounds)])"""

_TYPES = {
    "scheduler": "torch.optim.lr_scheduler.LRScheduler",
    "scaler": "torch.amp.GradScaler",
    "averaged": "AveragedModel",
}


def change_text(*, has_scheduler: bool, has_groups: bool) -> str:
    """The function that repeats the changes that were made by hand while the run trained."""
    optimizer = "optimizer: torch.optim.Optimizer"
    each = _EACH_IN_ITS_RATIO if has_groups else _EACH
    share = " * (own / rates[0])" if has_groups else ""
    if not has_scheduler:
        return _CHANGE.format(arguments=optimizer, shape="", ratio="", each=each, share=share, scale="")
    return _CHANGE.format(
        arguments=f"{optimizer}, scheduler: torch.optim.lr_scheduler.LRScheduler",
        shape="; the schedule keeps its shape",
        ratio="""before = optimizer.param_groups[0]["lr"]
        ratio = rate / before if before > 0 else 1.0
        """,
        each=each,
        share=share,
        scale=_SCALE,
    )


def batches_text(shuffle: bool) -> str:
    """The function that gives batches."""
    return _SHUFFLED if shuffle else _IN_ORDER


_AUGMENT = """
        x = torch.stack([augment(image) for image in x])  # each image on its own"""


def train_epoch_text(
    step: str,
    more: list[str],
    *,
    shuffle: bool,
    needs_epoch: bool,
    steps_each_batch: bool,
    changes: str = "",
    augments: bool = False,
) -> str:
    """The function that trains for one epoch.

    Args:
        step: the lines of a step, without indentation.
        more: what it is given after model, criterion and optimizer: scheduler, scaler, averaged.
        shuffle: whether batches come in a new order each epoch.
        needs_epoch: whether it is given the number of the epoch.
        steps_each_batch: whether the schedule goes on with each step.
        changes: the call that changes the rate by hand, "" for none.
        augments: whether the script has a transform ``augment`` for training images.
    """
    given = "inputs, targets, epoch" if shuffle else "inputs, targets"
    numbered = f"x, y in batches({given})"
    if changes:
        first = "epoch * -(-len(inputs) // BATCH_SIZE)"
        numbered = f"number, (x, y) in enumerate(batches({given}), start={first})"
    return _EPOCH.format(
        numbered=numbered,
        step=indent(step, " " * 8),
        augment=_AUGMENT if augments else "",
        change=f"\n        {changes}" if changes else "",
        more="".join(f"\n    {name}: {_TYPES[name]}," for name in more),
        scheduler_step="\n        scheduler.step()  # the next step's learning rate" if steps_each_batch else "",
        epoch="\n    epoch: int," if needs_epoch else "",
    )


def evaluate_text(has_measure: bool) -> str:
    """The function that measures on the test samples; `has_measure`: beside the loss, by ``measure`` too."""
    return _EVALUATE.format(measures=", **measure(outputs, targets)" if has_measure else "")
