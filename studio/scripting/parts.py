"""The functions that every training script has, as text; they do what the studio's loop does, in its order."""

from __future__ import annotations

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
    optimizer: torch.optim.Optimizer,{scheduler}
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

_ORDINARY_STEP = """\
        loss = criterion(model(x), y)  # forward: how wrong is the model on this batch?
        optimizer.zero_grad()  # gradients add up unless they are cleared
        loss.backward()  # backward: how does the loss change with each weight?
        optimizer.step()  # a small step downhill"""

_OWN_STEP = """\
        loss = step(model, criterion, optimizer, x, y)["loss"]"""

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
        {ratio}for group in optimizer.param_groups:
            group["lr"] = rate{scale}'''

_SCALE = """
            group |= {name: group[name] * ratio for name in ("initial_lr", "max_lr", "min_lr") if name in group}
        for bounds in ("base_lrs", "max_lrs"):
            if hasattr(scheduler, bounds):
                setattr(scheduler, bounds, [bound * ratio for bound in getattr(scheduler, bounds)])"""


def change_text(has_scheduler: bool) -> str:
    """The function that repeats the changes that were made by hand while the run trained."""
    optimizer = "optimizer: torch.optim.Optimizer"
    if not has_scheduler:
        return _CHANGE.format(arguments=optimizer, shape="", ratio="", scale="")
    return _CHANGE.format(
        arguments=f"{optimizer}, scheduler: torch.optim.lr_scheduler.LRScheduler",
        shape="; the schedule keeps its shape",
        ratio="""before = optimizer.param_groups[0]["lr"]
        ratio = rate / before if before > 0 else 1.0
        """,
        scale=_SCALE,
    )


def batches_text(shuffle: bool) -> str:
    """The function that gives batches."""
    return _SHUFFLED if shuffle else _IN_ORDER


_AUGMENT = """
        x = torch.stack([augment(image) for image in x])  # each image on its own"""


def train_epoch_text(
    shuffle: bool, steps_each_batch: bool, *, changes: str = "", own_step: bool = False, augments: bool = False
) -> str:
    """The function that trains for one epoch.

    Args:
        shuffle: whether batches come in a new order each epoch.
        steps_each_batch: whether the schedule goes on with each step.
        changes: the call that changes the rate by hand, "" for none.
        own_step: whether the script has a function ``step`` of its own.
        augments: whether the script has a transform ``augment`` for training images.
    """
    given = "inputs, targets, epoch" if shuffle else "inputs, targets"
    numbered = f"x, y in batches({given})"
    if changes:
        first = "epoch * -(-len(inputs) // BATCH_SIZE)"
        numbered = f"step, (x, y) in enumerate(batches({given}), start={first})"
    needs_scheduler = steps_each_batch or "scheduler" in changes
    return _EPOCH.format(
        numbered=numbered,
        step=_OWN_STEP if own_step else _ORDINARY_STEP,
        augment=_AUGMENT if augments else "",
        change=f"\n        {changes}" if changes else "",
        scheduler="\n    scheduler: torch.optim.lr_scheduler.LRScheduler," if needs_scheduler else "",
        scheduler_step="\n        scheduler.step()  # the next step's learning rate" if steps_each_batch else "",
        epoch="\n    epoch: int," if shuffle or changes else "",
    )


def evaluate_text(has_measure: bool) -> str:
    """The function that measures on the test samples; `has_measure`: beside the loss, by ``measure`` too."""
    return _EVALUATE.format(measures=", **measure(outputs, targets)" if has_measure else "")
