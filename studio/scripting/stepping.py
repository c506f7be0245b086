"""The text of a training step, with what the options of the loop make of it."""

from __future__ import annotations

from textwrap import indent

from studio.spec.options import TrainingSpec

_PLAIN = """\
loss = criterion(model(x), y)  # forward: how wrong is the model on this batch?
optimizer.zero_grad()  # gradients add up unless they are cleared
loss.backward()  # backward: how does the loss change with each weight?
optimizer.step()  # a small step downhill"""

_OWN = """\
loss = step(model, criterion, optimizer, x, y)["loss"]"""

_WITH_CLOSURE = """\
loss = take_step(model, criterion, optimizer, x, y)"""

_CLOSURE = '''\
def take_step(
    model: nn.Module, criterion: nn.Module, optimizer: torch.optim.Optimizer, x: Tensor, y: Tensor
) -> Tensor:
    """One step on one batch, through which the optimizer goes several times; returns its loss."""

    def gradients() -> Tensor:
{gradients}
        return loss

    return optimizer.step(gradients)'''

_PARTS = """\
size = -(-len(x) // ACCUMULATE)  # rounded up
parts = []
for part_x, part_y in zip(x.split(size), y.split(size), strict=True):
{forward}{share}
    {scaled}.backward()  # the gradients of the parts add up
    parts.append(loss.detach())
loss = torch.stack(parts).sum()"""

_FORWARD = "loss = criterion(model({x}), {y})"


class StepText:
    """Writes the step of a script.

    Args:
        options: how the loop goes.
        is_ordinary: whether the task takes the ordinary step, and not one of its own.
        needs_closure: whether the optimizer goes through a batch several times.
        is_mean: whether the loss is a mean over the samples, and not their sum.
    """

    def __init__(self, options: TrainingSpec, *, is_ordinary: bool, needs_closure: bool, is_mean: bool) -> None:
        self._options, self._is_ordinary, self._needs_closure = options, is_ordinary, needs_closure
        self._is_mean = is_mean
        self.is_scaled = is_ordinary and options.precision == "mixed-float16"
        self.is_averaged = is_ordinary and options.average == "ema"

    def functions(self) -> list[str]:
        """The functions that the step needs."""
        if not self._needs_closure:
            return []
        return [_CLOSURE.format(gradients=indent(self._gradients(), " " * 8))]

    def arguments(self) -> list[str]:
        """What an epoch is given beside model, criterion and optimizer."""
        return ["scaler"] * self.is_scaled + ["averaged"] * self.is_averaged

    def text(self) -> str:
        """The step, without indentation."""
        if not self._is_ordinary:
            return _OWN
        options = self._options
        has_options = options.clip_norm or options.clip_value or options.is_mixed or options.accumulate > 1
        if self._needs_closure:
            step = _WITH_CLOSURE
        elif has_options or self.is_averaged:
            step = f"{self._gradients()}\n{self._downhill()}"
        else:
            step = _PLAIN
        return step + self._averaging()

    def _gradients(self) -> str:
        options = self._options
        scaled = "scaler.scale(loss)" if self.is_scaled else "loss"
        lines = ["optimizer.zero_grad()  # gradients add up unless they are cleared"]
        if options.accumulate > 1:
            forward = indent(self._forward("part_x", "part_y"), " " * 4)
            share = "\n    loss = loss * (len(part_x) / len(x))  # each sample counts the same"
            lines.append(_PARTS.format(forward=forward, share=share if self._is_mean else "", scaled=scaled))
        else:
            backward = f"{scaled}.backward()  # backward: how does the loss change with each weight?"
            lines += [self._forward("x", "y"), backward]
        if self.is_scaled and (options.clip_norm or options.clip_value):
            lines.append("scaler.unscale_(optimizer)")
        if options.clip_norm:
            lines.append("nn.utils.clip_grad_norm_(model.parameters(), CLIP_NORM)  # no step goes too far")
        if options.clip_value:
            lines.append("nn.utils.clip_grad_value_(model.parameters(), CLIP_VALUE)  # nor any weight")
        return "\n".join(lines)

    def _forward(self, x: str, y: str) -> str:
        forward = _FORWARD.format(x=x, y=y)
        if not self._options.is_mixed:
            return f"{forward}  # forward: how wrong is the model on this batch?"
        dtype = f"torch.{self._options.precision.removeprefix('mixed-')}"
        return f"with torch.autocast(DEVICE.type, {dtype}):  # products are made in 16 bits\n    {forward}"

    def _downhill(self) -> str:
        if self.is_scaled:
            return "scaler.step(optimizer)  # left out where a gradient is too large for 16 bits\nscaler.update()"
        return "optimizer.step()  # a small step downhill"

    def _averaging(self) -> str:
        if not self.is_averaged:
            return ""
        if self._options.average_from:
            return "\nif epoch >= AVERAGE_FROM:\n    averaged.update_parameters(model)"
        return "\naveraged.update_parameters(model)  # the average follows the weights"
