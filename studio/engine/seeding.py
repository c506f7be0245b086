"""The random numbers of a run: started from its seed, kept in its checkpoints."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch


def seed_everything(seed: int) -> None:
    """Start the random numbers of Python, NumPy and torch (all devices) from one seed.

    On a GPU, convolutions are asked for algorithms that repeat; on a CPU they repeat anyway for a
    fixed number of threads.
    """
    random.seed(seed)
    np.random.seed(seed % 2**32)  # libraries draw from NumPy's global state
    torch.manual_seed(seed)
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False


@contextmanager
def repeatable(wanted: bool) -> Iterator[None]:
    """Let torch refuse, inside the block, what would not repeat bit for bit on the same device."""
    before = torch.are_deterministic_algorithms_enabled()
    if wanted:
        # cuBLAS reads it when it is first used (https://docs.nvidia.com/cuda/cublas/#results-reproducibility).
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(before)


def random_states(device: torch.device) -> dict[str, Any]:
    """Every random state that a run uses, as tensors and plain types (`torch.load` reads those safely)."""
    version, internal, gauss = random.getstate()
    numpy_state: Any = np.random.get_state(legacy=True)
    kind, keys, position, has_gauss, cached = numpy_state
    states: dict[str, Any] = {
        "python": [version, list(internal), gauss],
        "numpy": [
            str(kind),
            torch.from_numpy(keys.astype(np.int64)),
            int(position),
            int(has_gauss),
            float(cached),
        ],
        "torch": torch.get_rng_state(),
    }
    if device.type != "cpu":
        states["device"] = torch.get_device_module(device).get_rng_state(device)
    return states


def restore_random_states(states: dict[str, Any], device: torch.device) -> None:
    """Put back what `random_states` gave."""
    version, internal, gauss = states["python"]
    random.setstate((version, tuple(internal), gauss))
    kind, keys, position, has_gauss, cached = states["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), position, has_gauss, cached))
    torch.set_rng_state(states["torch"])
    if "device" in states and device.type != "cpu":
        torch.get_device_module(device).set_rng_state(states["device"], device)


def order_of(epoch: int, seed: int, count: int) -> torch.Tensor:
    """The order of `count` samples in an epoch: it depends on the seed and the epoch, on nothing before."""
    generator = torch.Generator().manual_seed((seed + epoch) % 2**63)
    return torch.randperm(count, generator=generator)
