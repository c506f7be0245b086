"""What a model takes: shape, resize, normalization; enough to feed it from an image file."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict


class InputSpec(BaseModel):
    """The input of a model and how to make it from what a user has.

    `shape` is one sample's, without the batch: (C, H, W) for images, (F,) for tables. An image is
    made by resizing (`resize` is the length of the shorter side, or of both where `resize_both`),
    cropping the centre to (H, W), scaling to [0, 1] (times `scale`), then (x - mean) / std.
    A text (L,) is cut into characters or words, and each becomes its place among `tokens`.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["image", "tensor", "text"] = "tensor"
    shape: tuple[int, ...]
    dtype: str = "float32"
    resize: int | None = None
    resize_both: bool = False
    interpolation: Literal["nearest", "bilinear", "bicubic"] = "bilinear"
    scale: float = 1.0
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    inverted: bool = False
    """Whether the training images are light on dark, so that a dark-on-light photograph is inverted."""
    tokens: tuple[str, ...] = ()
    """What each number of a text stands for, by that number; "" is padding."""
    token_kind: Literal["character", "word"] = "character"
    lowercase: bool = False
    """Whether capitals of a text are read as small letters."""

    @property
    def channels(self) -> int:
        """Number of colour channels, 0 where the input is no image."""
        return self.shape[0] if self.kind == "image" else 0

    @property
    def least_side(self) -> int:
        """Pixels that the shorter side of an image must keep while it is read from its file.

        Three times what the model sees: a JPEG that is decoded smaller is averaged over whole blocks,
        and what is left of that after shrinking it threefold is below a grey level.
        """
        return 3 * (self.resize or max(self.shape[-2:]))
