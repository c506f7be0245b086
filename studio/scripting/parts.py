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
    for x, y in batches(inputs, targets{epoch_value}):
        loss = criterion(model(x), y)  # forward: how wrong is the model on this batch?
        optimizer.zero_grad()  # gradients add up unless they are cleared
        loss.backward()  # backward: how does the loss change with each weight?
        optimizer.step()  # a small step downhill{scheduler_step}
        losses.append(loss.item())
    return losses'''

_EVALUATE = '''\
def evaluate(model: nn.Module, criterion: nn.Module, inputs: Tensor, targets: Tensor) -> tuple[float, float]:
    """Measures the model on samples that it did not learn from: loss and {measure}."""
    model.eval()  # dropout off, batch norm with its running averages
    with torch.no_grad():
        outputs = torch.cat([model(part) for part in inputs.split(1000)])
    {name} = {expression}
    return criterion(outputs, targets).item(), {name}'''


def batches_text(shuffle: bool) -> str:
    """The function that gives batches."""
    return _SHUFFLED if shuffle else _IN_ORDER


def train_epoch_text(shuffle: bool, steps_each_batch: bool) -> str:
    """The function that trains for one epoch."""
    return _EPOCH.format(
        scheduler="\n    scheduler: torch.optim.lr_scheduler.LRScheduler," if steps_each_batch else "",
        scheduler_step="\n        scheduler.step()  # the next step's learning rate" if steps_each_batch else "",
        epoch="\n    epoch: int," if shuffle else "",
        epoch_value=", epoch" if shuffle else "",
    )


def evaluate_text(task: str) -> str:
    """The function that measures on the test samples."""
    if task == "classification":
        return _EVALUATE.format(
            measure="the share of right answers",
            name="accuracy",
            expression="(outputs.argmax(1) == targets).sum().item() / len(targets)",
        )
    return _EVALUATE.format(
        measure="mean absolute error", name="error", expression="(outputs - targets).abs().mean().item()"
    )
