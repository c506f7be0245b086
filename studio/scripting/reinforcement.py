"""The parts of a script that trains an agent, as text: it plays, and learns from what it played."""

from __future__ import annotations

from studio.catalog.shelf import entry
from studio.spec.run import RunSpec

_SHUFFLED = '''\
def parts_of(criterion: PPO, played: list[Tensor], epoch: int) -> Iterator[list[Tensor]]:
    """Gives what was played in equal parts, pass by pass, in an order that depends on the seed alone."""
    for number in range(epoch * criterion.passes, (epoch + 1) * criterion.passes):
        order = torch.randperm(len(played[0]), generator=torch.Generator().manual_seed(SEED + number))
        for chosen in order.tensor_split(PARTS):
            yield [column[chosen.to(DEVICE)] for column in played]'''

_IN_ORDER = '''\
def parts_of(criterion: PPO, played: list[Tensor]) -> Iterator[list[Tensor]]:
    """Gives what was played in equal parts, pass by pass."""
    for _ in range(criterion.passes):
        for chosen in torch.arange(len(played[0])).tensor_split(PARTS):
            yield [column[chosen.to(DEVICE)] for column in played]'''

_EPOCH = '''\
def train_epoch(
    model: nn.Module,
    criterion: PPO,
    optimizer: torch.optim.Optimizer,{scheduler}
    world: VectorEnv,
    seen: np.ndarray,
    epoch: int,
) -> tuple[list[float], np.ndarray]:
    """Plays, and learns from it; returns the loss of each step, and what is seen now."""
    model.train()
    played, seen = play(model, criterion, world, seen, STEPS)
    losses = []
    for {numbered}:{change}
        loss = step(model, criterion, optimizer, part)["loss"]{scheduler_step}
        losses.append(loss.item())
    return losses, seen'''


def sizes_text(spec: RunSpec) -> list[str]:
    """The constants that say how much is played."""
    return [
        f"ENVIRONMENTS = {_parameter(spec, 'environments')}",
        f"STEPS = {_parameter(spec, 'steps')}  # of each environment in an epoch",
        "PARTS = -(-ENVIRONMENTS * STEPS // BATCH_SIZE)  # steps of a pass over what was played, rounded up",
    ]


def factory(dataset: str) -> str:
    """Where the function is that makes the environments of a data set, whose factory is given."""
    return f"{dataset.partition(':')[0]}:make_environments"


def playing(step: str) -> str:
    """Where the function is that plays; it lies beside the one that learns, whose place is given."""
    return f"{step.partition(':')[0]}:play"


def imports() -> set[tuple[str, str]]:
    """What these parts need."""
    return {("gymnasium.vector", "VectorEnv"), ("numpy as np", "")}


def functions_text(shuffle: bool, steps_each_batch: bool, changes: str) -> list[str]:
    """The functions for the parts of what was played, and for an epoch.

    Args:
        shuffle: whether each pass has an order of its own.
        steps_each_batch: whether the schedule goes on with each step.
        changes: the call that changes the rate by hand, "" for none.
    """
    parts = "parts_of(criterion, played, epoch)" if shuffle else "parts_of(criterion, played)"
    numbered = f"part in {parts}"
    if changes:
        first = "epoch * criterion.passes * PARTS"
        numbered = f"number, part in enumerate({parts}, start={first})"
    needs_scheduler = steps_each_batch or "scheduler" in changes
    return [
        _SHUFFLED if shuffle else _IN_ORDER,
        _EPOCH.format(
            scheduler="\n    scheduler: torch.optim.lr_scheduler.LRScheduler," if needs_scheduler else "",
            numbered=numbered,
            change=f"\n        {changes}" if changes else "",
            scheduler_step="\n        scheduler.step()  # the next step's learning rate"
            if steps_each_batch
            else "",
        ),
    ]


def start_lines() -> list[str]:
    """The lines of ``main`` that deal the first games."""
    return ["world = make_environments(ENVIRONMENTS)", "seen, _ = world.reset(seed=SEED)"]


def _parameter(spec: RunSpec, name: str) -> int:
    known = entry("dataset", spec.data.name).parameter(name)
    assert known is not None, f"{spec.data.name} has no {name}"
    return int(spec.data.parameters.get(name, known.default))
