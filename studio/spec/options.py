"""How the training loop goes: the options of a run, in the order in which a form shows them."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Precision = Literal["float32", "float64", "mixed-bfloat16", "mixed-float16"]


class TrainingSpec(BaseModel):
    """How the loop goes. Bit-identity holds for a fixed number of `threads`."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    epochs: int = Field(20, ge=1, description="passes over the training data")
    batch_size: int = Field(64, ge=1, description="samples a step")
    shuffle: bool = Field(True, description="a new order of the samples each epoch")
    seed: int = Field(0, ge=0, lt=2**63, description="starts every random number of the run")
    threads: int = Field(1, ge=1, le=1024, description="CPU threads; the same number gives the same bits")
    device: str = Field("auto", pattern=r"^(auto|cpu|mps|(cuda|xpu)(:\d+)?)$", description="where tensors live")
    precision: Precision = Field(
        "float32",
        description="type of weights and inputs; mixed: weights stay float32, products are made in 16 bits, "
        "and the model is measured in float32, as it is exported",
    )
    processes: int = Field(1, ge=1, le=1024, description="processes that share the work")
    clip_norm: float | None = Field(
        None, gt=0, description="longest gradient over all weights together; a longer one is shortened to it"
    )
    clip_value: float | None = Field(
        None, gt=0, description="largest gradient of each single weight; a larger one is cut off there"
    )
    accumulate: int = Field(
        1, ge=1, description="parts in which a batch is gone through, their gradients added up; less memory"
    )
    average: Literal["none", "ema", "swa"] = Field(
        "none",
        description="average of the weights, which is measured and kept in their place: ema after each step, the "
        "newest counting most, with batch norm statistics of the newest; swa after each epoch, all counting "
        "the same, with batch norm statistics gathered anew",
    )
    average_decay: float = Field(
        0.99, gt=0, lt=1, description="of ema, the share of the old average that stays in each step"
    )
    average_start: float = Field(
        0.0, ge=0, lt=1, description="share of the epochs that pass before the weights are averaged"
    )
    patience: int | None = Field(
        None, ge=1, description="epochs without a better test measure after which the run is finished early"
    )
    class_weights: Literal["none", "balanced"] = Field(
        "none", description="balanced: the rarer a class among the training data, the more its samples count"
    )
    freeze: list[str] = Field(
        [], description="patterns of names of parameters that are not trained, such as features.*"
    )
    groups: list[str] = Field(
        [],
        description="patterns of names of parameters with values of their own, such as head.* lr=0.01; of "
        "several that fit, all hold, and of two values the later one",
    )
    compile: bool = Field(False, description="translate the model to machine code first; needs a C++ compiler")
    deterministic: bool = Field(False, description="refuse operations that do not repeat bit for bit on a GPU")

    @property
    def is_mixed(self) -> bool:
        """Whether products are made in 16 bits."""
        return self.precision.startswith("mixed-")

    @property
    def average_from(self) -> int:
        """The first epoch, counted from 0, in which the weights are averaged."""
        return int(self.average_start * self.epochs)
