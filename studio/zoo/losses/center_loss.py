"""The loss of a detector by centres: a heat map with a peak at each thing, and how large the thing is."""

import torch
from torch import Tensor, nn
from torch.nn import functional

FACTORY = "CenterLoss"
TASKS = ("detection",)

STRIDE = 4
"""Pixels of the picture to a place of the map."""


class CenterLoss(nn.Module):
    """Focal loss of the heat map, with peaks that fall off around each centre, plus the error of the boxes' sides.

    After CenterNet: Zhou et al. 2019, https://arxiv.org/abs/1904.07850. It makes the maps from the boxes itself.

    Args:
        size_weight: weight of the error of the sides, which are measured in places of the map.
        spread: how wide a peak is, as a share of the thing's size.
    """

    def __init__(self, size_weight: float = 0.5, spread: float = 0.15) -> None:
        super().__init__()
        self.size_weight, self.spread = size_weight, spread

    def forward(self, maps: Tensor, targets: Tensor) -> Tensor:
        """Maps (N, classes + 4, h, w), and things (N, M, 5): class, left, top, right, bottom in pixels, or -1s."""
        logits, sides = maps[:, :-4], maps[:, -4:]
        sample, row = torch.nonzero(targets[:, :, 0] >= 0, as_tuple=True)
        kinds, boxes = targets[sample, row, 0].long(), targets[sample, row, 1:] / STRIDE
        middles = (boxes[:, :2] + boxes[:, 2:]) / 2
        column, line = middles[:, 0].long(), middles[:, 1].long()
        heat = self.peaks(logits, (sample, kinds), middles.floor() + 0.5, boxes[:, 2:] - boxes[:, :2])
        count = max(1, len(sample))
        places = torch.stack([column + 0.5, line + 0.5], 1)
        distances = torch.cat([places - boxes[:, :2], boxes[:, 2:] - places], 1)
        error = functional.smooth_l1_loss(sides[sample, :, line, column], distances, reduction="sum")
        return focal_loss(logits, heat) / count + self.size_weight * error / count

    def peaks(self, logits: Tensor, where: tuple[Tensor, Tensor], middles: Tensor, sizes: Tensor) -> Tensor:
        """What the heat map should be, like the logits: 1 at each centre, less around it; the largest counts."""
        height, width = logits.shape[2:]
        down = torch.arange(height, device=logits.device, dtype=logits.dtype).view(1, -1, 1) + 0.5
        across = torch.arange(width, device=logits.device, dtype=logits.dtype).view(1, 1, -1) + 0.5
        widths = (self.spread * sizes).view(-1, 2, 1, 1)
        far = ((across - middles[:, 0].view(-1, 1, 1)) / widths[:, 0]).square()
        far = far + ((down - middles[:, 1].view(-1, 1, 1)) / widths[:, 1]).square()
        heat = torch.zeros_like(logits)
        places = where[0] * logits.shape[1] + where[1]
        index = places.view(-1, 1, 1).expand(-1, height, width)
        flat = heat.view(-1, height, width).scatter_reduce(0, index, (-far / 2).exp(), "amax")
        return flat.view_as(heat)


def focal_loss(logits: Tensor, heat: Tensor) -> Tensor:
    """Cross-entropy that counts clear places little, and those near a centre little if they are taken for one."""
    likely = logits.sigmoid()
    is_centre = heat == 1
    found = -((1 - likely) ** 2) * functional.logsigmoid(logits)
    taken = -((1 - heat) ** 4) * likely**2 * functional.logsigmoid(-logits)
    return torch.where(is_centre, found, taken).sum()
