"""EfficientNet-Lite0: a small, pretrained image classifier for 224×224 photographs."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

_STAGES = (
    # kernel, stride, expansion, channels in, channels out, repeats
    (3, 1, 1, 32, 16, 1),
    (3, 2, 6, 16, 24, 2),
    (5, 2, 6, 24, 40, 2),
    (3, 2, 6, 40, 80, 3),
    (5, 1, 6, 80, 112, 3),
    (5, 2, 6, 112, 192, 4),
    (3, 1, 6, 192, 320, 1),
)


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's "SAME" does: the odd pixel goes to the right and the bottom."""

    def forward(self, input: Tensor) -> Tensor:
        """Convolve (N, C, H, W) to (N, C', ⌈H / stride⌉, ⌈W / stride⌉)."""
        kernel, stride = self.kernel_size[0], self.stride[0]
        down = max((-(-input.shape[2] // stride) - 1) * stride + kernel - input.shape[2], 0)
        across = max((-(-input.shape[3] // stride) - 1) * stride + kernel - input.shape[3], 0)
        padded = functional.pad(input, [across // 2, across - across // 2, down // 2, down - down // 2])
        return functional.conv2d(padded, self.weight, self.bias, self.stride, 0, self.dilation, self.groups)


class InvertedResidual(nn.Module):
    """Widen by a 1×1 convolution, filter each channel alone, narrow again; add the input where shapes agree."""

    def __init__(self, kernel: int, stride: int, expansion: int, inputs: int, outputs: int):
        super().__init__()
        hidden = inputs * expansion
        self.widens = expansion != 1
        self.adds_input = stride == 1 and inputs == outputs
        self._expand_conv = nn.Conv2d(inputs, hidden, 1, bias=False) if self.widens else nn.Identity()
        self._bn0 = nn.BatchNorm2d(hidden, eps=1e-3, momentum=0.01) if self.widens else nn.Identity()
        self._depthwise_conv = SameConv2d(hidden, hidden, kernel, stride, groups=hidden, bias=False)
        self._bn1 = nn.BatchNorm2d(hidden, eps=1e-3, momentum=0.01)
        self._project_conv = nn.Conv2d(hidden, outputs, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(outputs, eps=1e-3, momentum=0.01)

    def forward(self, input: Tensor) -> Tensor:
        """(N, `inputs`, H, W) to (N, `outputs`, ⌈H / stride⌉, ⌈W / stride⌉)."""
        x = input
        if self.widens:
            x = functional.relu6(self._bn0(self._expand_conv(x)))
        x = functional.relu6(self._bn1(self._depthwise_conv(x)))
        x = self._bn2(self._project_conv(x))
        y: Tensor = x + input if self.adds_input else x
        return y


class EfficientNetLite0(nn.Module):
    """EfficientNet-Lite0 (Tan and Le 2019, https://arxiv.org/abs/1905.11946, the "Lite" variant without
    squeeze-and-excitation and with ReLU6).

    The names of the parameters are those of the published weights, so that a state dict fits as it is.

    Args:
        num_classes: number of logits.
    """

    def __init__(self, num_classes: int = 1000):
        super().__init__()
        self._conv_stem = SameConv2d(3, 32, 3, 2, bias=False)
        self._bn0 = nn.BatchNorm2d(32, eps=1e-3, momentum=0.01)
        self._blocks = nn.ModuleList(
            InvertedResidual(
                kernel, stride if index == 0 else 1, expansion, inputs if index == 0 else outputs, outputs
            )
            for kernel, stride, expansion, inputs, outputs, repeats in _STAGES
            for index in range(repeats)
        )
        self._conv_head = nn.Conv2d(320, 1280, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(1280, eps=1e-3, momentum=0.01)
        self._dropout = nn.Dropout(0.2)
        self._fc = nn.Linear(1280, num_classes)

    def features(self, input: Tensor) -> Tensor:
        """What the network sees before it names it: (N, 3, H, W) to (N, 1280)."""
        x = functional.relu6(self._bn0(self._conv_stem(input)))
        for block in self._blocks:
            x = block(x)
        x = functional.relu6(self._bn1(self._conv_head(x)))
        return torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1)

    def forward(self, input: Tensor) -> Tensor:
        """Logits (N, `num_classes`) of images (N, 3, H, W) in [-1, 1]; trained at 224×224."""
        logits: Tensor = self._fc(self._dropout(self.features(input)))
        return logits
