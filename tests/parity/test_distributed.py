"""Two real processes train one model together, and get what one process gets from the same samples."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from studio.engine.distributed import share_of
from studio.spec.rank import Rank
from tests.parity.together import train

ROOT = Path(__file__).resolve().parents[2]


def _ranks(count: int, folder: Path) -> list[dict[str, torch.Tensor]]:
    """The weights that each of `count` ranks ends with."""
    files = [folder / f"rank{index}.pt" for index in range(count)]
    processes = [
        subprocess.Popen(
            [
                sys.executable,
                "-m",
                "tests.parity.together",
                str(index),
                str(count),
                str(folder / "meet"),
                str(file),
            ],
            cwd=ROOT,
            stderr=subprocess.PIPE,
            text=True,
        )
        for index, file in enumerate(files)
    ]
    try:
        for process in processes:
            _, errors = process.communicate(timeout=120)
            assert process.returncode == 0, errors
    finally:
        for process in processes:
            with process:  # none is left over where one of them failed
                process.kill()
    return [torch.load(file, weights_only=True) for file in files]


def test_two_processes_learn_what_one_learns(tmp_path: Path) -> None:
    first, second = _ranks(2, tmp_path)
    alone = train(Rank(0, 1)).state_dict()

    assert all(torch.equal(first[name], second[name]) for name in first), "the ranks must agree bit for bit"
    for name, weights in alone.items():
        torch.testing.assert_close(first[name], weights, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize(("samples", "ranks"), [(64, 2), (64, 3), (5, 4), (1, 2)])
def test_ranks_share_each_sample_once(samples: int, ranks: int) -> None:
    batch = torch.arange(samples)
    shares = [share_of(batch, Rank(index, ranks)) for index in range(ranks)]
    assert torch.equal(torch.cat(shares), batch)
    assert max(map(len, shares)) - min(map(len, shares)) <= 1


def test_only_the_first_rank_reports() -> None:
    assert [Rank(index, 3).reports for index in range(3)] == [True, False, False]
