"""How many answers are right from beginning to end, when the model writes them by itself."""

import torch
from torch import Tensor, nn


def judge(model: nn.Module, criterion: nn.Module, x: Tensor, y: Tensor) -> dict[str, float]:
    """The loss where each token is told from the right ones before it, and the share of answers that are exact.

    Args:
        model: takes sources with answers shifted by one (N, S + T), and gives logits (N, V, T).
        criterion: the loss.
        x: the samples (N, S + T).
        y: the answers (N, T).
    """
    model.eval()
    with torch.no_grad():
        logits = torch.cat([model(part) for part in torch.split(x, 1000)])
        answers = torch.cat([translate(model, part, y.shape[1]) for part in torch.split(x, 1000)])
    model.train()
    right = (answers == y).all(1).double().mean().item()
    return {"loss": criterion(logits, y).item(), "exact": right}


def translate(model: nn.Module, x: Tensor, length: int) -> Tensor:
    """Answers (N, length), each token the likeliest after those that the model wrote before.

    Of the samples (N, S + length) only the sources are read: the answers in them are written over.
    """
    x, start = x.clone(), x.shape[1] - length
    answers = torch.zeros(len(x), length, dtype=torch.int64, device=x.device)
    for place in range(length):
        answers[:, place] = model(x[:, : start + place + 1])[:, :, place].argmax(1)
        if place + 1 < length:
            x[:, start + place + 1] = answers[:, place]
    return answers
