"""Which text belongs to another one, with the places that the model looked at."""

from __future__ import annotations

from array import array
from collections.abc import Iterator

import torch

from studio.engine.training.state import Training
from studio.engine.training.tasks.task import Judged, Task
from studio.spec.events import Pictured
from studio.zoo.measures.translation import translate

_SHOWN = 12


class Translation(Task):
    """Draws for some test samples what was read and written, and how the attention lay."""

    def pictures(self, run: Training, judged: Judged) -> Iterator[Pictured]:
        attend = getattr(run.judged_model, "attend", None)
        if attend is None:
            return
        samples, tokens, letters = run.samples, run.samples.input.tokens, run.samples.labels
        x, y = samples.test_x[:_SHOWN].clone(), samples.test_y[:_SHOWN]
        start = x.shape[1] - y.shape[1]
        run.judged_model.eval()
        with torch.no_grad():
            answers = translate(run.judged_model, x, y.shape[1])
            x[:, start + 1 :] = answers[:, :-1]
            shares = attend(x)[1].cpu()
        run.judged_model.train()
        shown = []
        for row in range(len(x)):
            read = [number for number in x[row, :start].tolist() if number]
            shown.append(
                {
                    "source": [tokens[number] for number in read],
                    "answer": [letters[number] for number in answers[row].tolist()],
                    "true": "".join(letters[number] for number in y[row].tolist()),
                    "shares": array("f", shares[row, :, : len(read)].flatten().tolist()),
                }
            )
        yield Pictured("attention", {"samples": shown})
