"""One rank of a small training, as a program: python -m tests.parity.together RANK WORLD MEETING_POINT OUT."""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from studio.catalog.checking import read_spec
from studio.engine.building import build_loss, build_model, build_optimizer, load_samples
from studio.engine.distributed import end_rank, process_group, share_of, shared
from studio.engine.seeding import seed_everything
from studio.engine.training.data import batches
from studio.spec.rank import Rank

SETTINGS = ["training.epochs=1", "model.dropout=0.0", "training.batch_size=64"]
STEPS = 8


def train(rank: Rank) -> torch.nn.Module:
    """A few steps of the digits recipe on this rank's share of each batch.

    Batch normalization would see only a share of the batch, so that its statistics stand still here.
    """
    spec = read_spec("digits-cnn", SETTINGS)
    seed_everything(rank.index)  # on purpose not the same: the first rank's weights must win
    samples, criterion = load_samples(spec), build_loss(spec)
    model = build_model(spec).eval()
    together = shared(model, torch.device("cpu")) if rank.world_size > 1 else model
    optimizer = build_optimizer(spec, model)
    order = (spec.training.seed, 0)
    steps = batches(samples.train_x, samples.train_y, spec.training.batch_size, order=order)
    for (inputs, targets), _ in zip(steps, range(STEPS), strict=False):
        optimizer.zero_grad()
        criterion(together(share_of(inputs, rank)), share_of(targets, rank)).backward()
        optimizer.step()
    return model


def main(index: str, world_size: str, meeting_point: str, out: str) -> None:
    """Train as one of several ranks and save this rank's weights."""
    rank = Rank(int(index), int(world_size))
    with process_group(rank, Path(meeting_point)):
        torch.save(train(rank).state_dict(), out)
    end_rank(0)


if __name__ == "__main__":
    main(*sys.argv[1:])
