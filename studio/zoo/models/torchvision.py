"""Any classifier of torchvision, with as many classes as the data have."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn
from torchvision.models import get_model, get_model_weights

FACTORY = "Classifier"
TAKES = ("image",)


class Classifier(nn.Module):
    """A classifier of torchvision with a new head; grey images are shown to it in three equal channels.

    Args:
        in_shape: channels, height and width of one image; the data say it. Values lie in [0, 1].
        out_features: number of classes; the data say it.
        architecture: torchvision's name of the network.
        pretrained: whether it starts from the weights that torchvision publishes, which are downloaded once.
        weights: a file with weights of this architecture to start from, instead of a download.
    """

    mean: Tensor
    std: Tensor

    def __init__(
        self,
        in_shape: tuple[int, int, int],
        out_features: int,
        architecture: str = "resnet18",
        pretrained: bool = False,
        weights: str | None = None,
    ) -> None:
        super().__init__()
        if in_shape[0] not in (1, 3):
            raise ValueError(f"images have 1 or 3 channels, not {in_shape[0]}")
        # Two networks have outputs beside the logits while they train, and take half a minute to draw weights.
        has_more = architecture in ("googlenet", "inception_v3")
        options: dict[str, Any] = {"aux_logits": False, "init_weights": False} if has_more else {}
        if architecture.startswith("vit_"):
            options["image_size"] = in_shape[1]
        if weights or pretrained:
            self.network = get_model(architecture, weights=None, **options)
            self.network.load_state_dict(published_weights(architecture, weights))
            replace_head(self.network, out_features)
        else:
            self.network = get_model(architecture, weights=None, num_classes=out_features, **options)
        self.register_buffer("mean", torch.tensor([0.485, 0.456, 0.406]).view(3, 1, 1), persistent=False)
        self.register_buffer("std", torch.tensor([0.229, 0.224, 0.225]).view(3, 1, 1), persistent=False)

    def forward(self, x: Tensor) -> Tensor:
        """Images (N, C, H, W) in [0, 1] to logits (N, out_features)."""
        colours = x.expand(-1, 3, -1, -1) if x.shape[1] == 1 else x
        logits: Tensor = self.network((colours - self.mean) / self.std)
        return logits


def published_weights(architecture: str, file: str | None) -> dict[str, Tensor]:
    """Weights for 1,000 classes: those of a file, or else torchvision's, without layers for training only."""
    try:
        if file:
            state = torch.load(Path(file).expanduser(), weights_only=True, map_location="cpu")
        else:
            state = get_model_weights(architecture).DEFAULT.get_state_dict(progress=False, check_hash=True)
    except OSError as error:
        source = file or "the network"
        raise ValueError(f"no weights from {source} ({error}): give weights from a file, or none") from error
    return {name: tensor for name, tensor in state.items() if "aux" not in name.lower()}


def replace_head(network: nn.Module, out_features: int) -> None:
    """Put a new last layer, with so many outputs, in the place of the one for 1,000 classes."""
    for name, module in reversed(list(network.named_modules())):
        if isinstance(module, nn.Linear):
            network.set_submodule(name, nn.Linear(module.in_features, out_features))
            return
        if isinstance(module, nn.Conv2d):
            network.set_submodule(name, nn.Conv2d(module.in_channels, out_features, 1))
            return
