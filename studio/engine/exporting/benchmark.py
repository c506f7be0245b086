"""How long one sample takes in each engine: side by side, taking turns, one thread."""

from __future__ import annotations

import statistics
import time
from collections.abc import Mapping

import torch
from torch import Tensor

from studio.engine.exporting.subject import Runner, quiet
from studio.spec.job import Control

MOST_ROUNDS = 200
_LEAST_ROUNDS = 15
_WARM_UP = 3
_SECONDS = 3.0


def latencies(
    runners: Mapping[str, Runner], sample: Tensor, control: Control, seconds: float = _SECONDS
) -> dict[str, float]:
    """Median milliseconds for one sample (1, …) in each engine.

    The engines take turns, call by call, so that whatever else the computer does slows all of
    them alike. Ends early, with nothing, where a stop is asked for.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    times: dict[str, list[float]] = {name: [] for name in runners}
    try:
        with torch.no_grad(), quiet():
            for runner in runners.values():
                for _ in range(_WARM_UP):
                    runner(sample)
            began = time.perf_counter()
            for done in range(MOST_ROUNDS):
                if control.should_stop:
                    return {}
                if done >= _LEAST_ROUNDS and time.perf_counter() - began > seconds:
                    break
                for name, runner in runners.items():
                    start = time.perf_counter()
                    runner(sample)
                    times[name].append(time.perf_counter() - start)
    finally:
        torch.set_num_threads(threads)
    return {name: 1000 * statistics.median(taken) for name, taken in times.items()}
