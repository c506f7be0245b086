"""A text written by a model, token by token; training draws it, and a person who tries the model asks for it."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn


def generate(
    model: nn.Module, begun: Tensor, length: int, temperature: float, generator: torch.Generator
) -> Iterator[int]:
    """The tokens that go on with a text, as long as they are asked for.

    Args:
        model: takes tokens (N, L) and gives logits (N, V, L); it is in evaluation mode while it writes.
        begun: the tokens of the beginning, (L,), at least one.
        length: how many tokens the model can look back.
        temperature: above 0; the lower, the more often the likeliest token.
        generator: the random numbers, on the CPU.
    """
    tokens = begun
    while True:
        was_training = model.training
        model.eval()
        with torch.no_grad():
            logits = model(tokens[-length:].unsqueeze(0))[0, :, -1].cpu().double()
        model.train(was_training)
        shares = (logits / temperature).softmax(0)
        chosen = torch.multinomial(shares, 1, generator=generator)
        tokens = torch.cat([tokens[-length:], chosen.to(tokens.device)])
        yield int(chosen)
