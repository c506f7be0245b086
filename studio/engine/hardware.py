"""Where tensors live: the processor, or an accelerator that is there."""

from __future__ import annotations

import torch

from studio.spec.errors import UserError


def choose_device(name: str) -> torch.device:
    """The device that `name` stands for; ``auto`` is the accelerator where there is one, else the CPU.

    Raises:
        UserError: ``device.missing``: this computer has no such device.
    """
    if name == "auto":
        found = torch.accelerator.current_accelerator(check_available=True)
        return found if found is not None else torch.device("cpu")
    device = torch.device(name)
    if device.type != "cpu" and not _is_there(device):
        raise UserError(
            "device.missing",
            f"`training.device` is {name!r}, but this computer has no such device.",
            f"There {'is' if len(devices()) == 1 else 'are'} {', '.join(devices())}.",
            "Choose auto or cpu.",
        )
    return device


def devices() -> list[str]:
    """The names of all devices that are there, the CPU first."""
    accelerator = torch.accelerator.current_accelerator(check_available=True)
    if accelerator is None:
        return ["cpu"]
    if accelerator.type == "mps":
        return ["cpu", "mps"]
    return ["cpu", *(f"{accelerator.type}:{index}" for index in range(torch.accelerator.device_count()))]


def synchronize(device: torch.device) -> None:
    """Wait until all work that was sent to a device is done; a CPU has never anything waiting."""
    if device.type != "cpu":
        torch.accelerator.synchronize(device)


def start_counting_memory(device: torch.device) -> None:
    """Forget the peak of the memory that was used on a device before."""
    if device.type not in ("cpu", "mps"):
        torch.accelerator.reset_peak_memory_stats(device)


def peak_memory(device: torch.device) -> int | None:
    """Most bytes that tensors took on a device at once; None for the CPU, where torch does not count."""
    if device.type in ("cpu", "mps"):
        return None
    return int(torch.accelerator.max_memory_allocated(device))


def _is_there(device: torch.device) -> bool:
    names = devices()
    return str(device) in names or any(name.split(":")[0] == str(device) for name in names)
