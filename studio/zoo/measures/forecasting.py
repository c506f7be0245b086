"""How far forecasts are from what came, and how much better than a forecast that anybody can make."""

import torch
from torch import Tensor, nn


def judge(model: nn.Module, criterion: nn.Module, x: Tensor, y: Tensor) -> dict[str, float]:
    """Loss, mean absolute error, root mean squared error, and skill: 1 is right, 0 as good as naive.

    Args:
        model: takes windows (N, L, 1), and gives what comes next (N, 1).
        criterion: the loss.
        x: the windows.
        y: what came (N, 1).
    """
    model.eval()
    with torch.no_grad():
        outputs = torch.cat([model(part) for part in torch.split(x, 1000)])
    model.train()
    errors = (outputs - y).cpu().double()
    mean = errors.abs().mean().item()
    of_naive = (naive_forecast(x, y) - y).cpu().double().abs().mean().item()
    measures = {"loss": criterion(outputs, y).item(), "mae": mean, "rmse": errors.square().mean().sqrt().item()}
    if of_naive > 0:
        measures["skill"] = 1.0 - mean / of_naive
    return measures


def naive_forecast(x: Tensor, y: Tensor) -> Tensor:
    """The best of the forecasts "as it was some steps ago" (N, 1), over all steps that the windows (N, L, 1) hold.

    The last value and that of a season ago are among them. It is chosen by what came, so no rival is stronger.
    """
    errors = (x[:, :, 0] - y).abs().mean(0)
    return x[:, int(errors.argmin())]
