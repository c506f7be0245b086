"""The parts of a script that trains an agent, as text: it plays, and learns from what it played."""

from __future__ import annotations

from studio.scripting.writer import ScriptWriter

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


class AgentWriter(ScriptWriter):
    """Writes a script whose data are what the agent plays."""

    def _more_constants(self) -> list[str]:
        return [
            f"ENVIRONMENTS = {self._count('environments')}",
            f"STEPS = {self._count('steps')}  # of each environment in an epoch",
            "PARTS = -(-ENVIRONMENTS * STEPS // BATCH_SIZE)  # steps of a pass over what was played, rounded up",
        ]

    def _count(self, name: str) -> int:
        known = self._data.parameter(name)
        assert known is not None, f"{self._data.name} has no {name}"
        return int(self.spec.data.parameters.get(name, known.default))

    def _data_factories(self) -> list[str]:
        return [f"{self._data.factory.partition(':')[0]}:make_environments"]

    def _step_factories(self) -> list[str]:
        # What plays lies beside what learns.
        return [f"{self._task.step.partition(':')[0]}:play", self._task.step]

    def _epoch_functions(self) -> list[str]:
        self.imports |= {("gymnasium.vector", "VectorEnv"), ("numpy as np", "")}
        changes, shuffle = self._change_call(), self.spec.training.shuffle
        parts = "parts_of(criterion, played, epoch)" if shuffle else "parts_of(criterion, played)"
        numbered = f"part in {parts}"
        if changes:
            numbered = f"number, part in enumerate({parts}, start=epoch * criterion.passes * PARTS)"
        after = "\n        scheduler.step()  # the next step's learning rate"
        epoch = _EPOCH.format(
            scheduler="\n    scheduler: torch.optim.lr_scheduler.LRScheduler," if self._epoch_arguments() else "",
            numbered=numbered,
            change=f"\n        {changes}" if changes else "",
            scheduler_step=after if self._steps_each_batch() else "",
        )
        return [_SHUFFLED if shuffle else _IN_ORDER, epoch]

    def _data_lines(self, cast: str) -> list[str]:
        return ["world = make_environments(ENVIRONMENTS)", "seen, _ = world.reset(seed=SEED)"]

    def _epoch_lines(self) -> list[str]:
        return [f"    found, seen = {self._epoch_call()}", "    losses += found"]

    def _steps_per_epoch(self) -> str:
        return "steps_per_epoch = criterion.passes * PARTS"

    def _needs_epoch(self) -> bool:
        return True

    def _samples(self) -> list[str]:
        return ["world", "seen"]

    def _tested_on(self) -> str:
        return ""
