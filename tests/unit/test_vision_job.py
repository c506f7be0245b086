"""The job "vision": known answers, models that find and outline, and a session that serves many requests."""

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch
import torchvision
from PIL import Image
from torch import nn

from studio.engine.models import OpenedModel
from studio.engine.vision.classify import classify, probabilities
from studio.engine.vision.detect import detect
from studio.engine.vision.job import run
from studio.engine.vision.segment import palette, segment
from studio.runs.workspace import Workspace
from studio.spec.errors import UserError
from studio.spec.events import Ended, Event
from studio.spec.job import Control, drive
from studio.spec.model_input import InputSpec
from studio.spec.model_names import BUILTIN
from studio.spec.model_ref import ModelRef
from studio.spec.predictions import (
    Answered,
    Gathered,
    ModelOpened,
    ModelRefused,
    Predict,
    Predicted,
    Prediction,
    VisionRequest,
)
from tests.training_runs import train


def _once(predict: Predict, workspace: Path) -> tuple[list[Event], Ended]:
    events: list[Event] = []
    ended = drive(run, VisionRequest(str(workspace), predict), Control(), events.append)
    return events, ended


def _answers(events: list[Event]) -> list[Prediction]:
    return [event.prediction for event in events if isinstance(event, Predicted)]


@pytest.fixture
def photographs() -> list[Path]:
    """Photographs that scikit-image and scikit-learn ship."""
    import skimage
    import sklearn

    pictures = Path(skimage.__file__).parent / "data"
    others = Path(sklearn.__file__).parent / "datasets" / "images"
    return [pictures / "chelsea.png", pictures / "coffee.png", others / "flower.jpg", others / "china.jpg"]


def test_photographs_have_known_answers(photographs: list[Path], tmp_path: Path):
    events, ended = _once(Predict(7, BUILTIN, tuple(map(str, photographs))), tmp_path)
    best = [prediction.labels[0] for prediction in _answers(events)]
    assert [label.name for label in best] == ["tiger cat", "espresso", "daisy", "palace"]
    assert [label.probability for label in best] == pytest.approx([0.393, 0.951, 0.323, 0.298], abs=0.01)
    assert [prediction.answer() for prediction in _answers(events)][:2] == ["tiger cat 0.39", "espresso 0.95"]
    assert ended.outcome == "finished"
    assert ended.result == {"images": 4, "unread": 0}
    opened = next(event for event in events if isinstance(event, ModelOpened))
    assert (opened.task, opened.classes, opened.licence) == ("classify", 1000, "Apache-2.0")
    assert _answers(events)[0].size == (451, 300)


def test_large_photograph_decoded_smaller_has_the_same_answer(photographs: list[Path], tmp_path: Path):
    large, small = tmp_path / "large.jpg", photographs[1]
    with Image.open(small) as image:
        image.resize((image.width * 6, image.height * 6), Image.Resampling.BICUBIC).save(large, quality=95)
    events, _ = _once(Predict(1, BUILTIN, (str(small), str(large))), tmp_path)
    first, second = (prediction.labels[0] for prediction in _answers(events))
    assert second.name == first.name == "espresso"
    assert second.probability == pytest.approx(first.probability, abs=0.02)


def test_one_bad_file_does_not_stop_the_others(photographs: list[Path], tmp_path: Path):
    bad = tmp_path / "notes.jpg"
    bad.write_text("not an image")
    events, ended = _once(Predict(1, BUILTIN, (str(bad), str(photographs[0]))), tmp_path)
    first, second = _answers(events)
    assert first.error.what == "notes.jpg could not be read: it is not an image."
    assert (first.answer(), second.answer()) == ("not read", "tiger cat 0.39")
    assert ended.result == {"images": 2, "unread": 1}


def test_a_strip_that_would_fill_the_memory_is_named_and_the_rest_answered(
    photographs: list[Path], tmp_path: Path
):
    strip = tmp_path / "strip.png"
    Image.new("RGB", (1, 60_000)).save(strip)
    events, _ = _once(Predict(7, BUILTIN, (str(strip), str(photographs[0]))), tmp_path)
    bad, good = _answers(events)
    assert bad.error is not None
    assert bad.error.name == "image.too_long"
    assert "1 × 60,000" in bad.error.what
    assert good.error is None


def test_a_run_in_double_precision_answers_images(photographs: list[Path], workspace: Workspace):
    trained = train(workspace, "digits-cnn", ["training.epochs=1", "training.precision=float64"])
    reference = f"run:{trained.ended.result['run']}"
    events, ended = _once(Predict(7, reference, (str(photographs[0]),)), workspace.root)
    assert ended.error is None
    (answer,) = _answers(events)
    assert answer.error is None
    assert len(answer.labels) == 5


def test_a_task_that_the_model_is_not_made_for(tmp_path: Path):
    _, ended = _once(Predict(1, BUILTIN, ("x.png",), task="detect"), tmp_path)
    assert ended.outcome == "failed"
    assert ended.error.name == "vision.other_task"
    assert "torchvision:" in ended.error.remedy


def test_torchvision_segmenter_from_a_file_saves_a_mask(photographs: list[Path], tmp_path: Path):
    torch.manual_seed(0)
    name, weights = "lraspp_mobilenet_v3_large", tmp_path / "mine.pth"
    torch.save(torchvision.models.get_model(name, weights_backbone=None).state_dict(), weights)
    asked = Predict(
        1,
        f"torchvision:{name}",
        (str(photographs[0]),),
        weights=str(weights),
        mask_folder=str(tmp_path / "masks"),
    )
    events, ended = _once(asked, tmp_path)
    assert ended.error is None
    (prediction,) = _answers(events)
    with Image.open(prediction.mask) as mask:
        assert mask.size == prediction.size == (451, 300)
        assert mask.mode == "P"
        classes = np.asarray(mask)
    assert classes.max() < 21
    for label in prediction.labels:
        assert label.probability == pytest.approx((classes == label.index).mean(), abs=0.01)


def test_torchvision_detector_from_a_file(photographs: list[Path], tmp_path: Path):
    torch.manual_seed(0)
    weights = tmp_path / "mine.pth"
    torch.save(
        torchvision.models.detection.ssdlite320_mobilenet_v3_large(weights_backbone=None).state_dict(), weights
    )
    name = "torchvision:ssdlite320_mobilenet_v3_large"
    asked = Predict(1, name, (str(photographs[0]),), weights=str(weights), least_score=0.0)
    events, ended = _once(asked, tmp_path)
    assert ended.error is None
    (prediction,) = _answers(events)
    assert prediction.boxes
    for box in prediction.boxes:
        left, top, right, bottom = box.box
        assert 0 <= left <= right <= 451.01
        assert 0 <= top <= bottom <= 300.01
    scores = [box.score for box in prediction.boxes]
    assert scores == sorted(scores, reverse=True)


def test_no_network_is_told_and_a_file_helps(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    events, ended = _once(Predict(3, "torchvision:resnet18", ("x.png",)), tmp_path)
    refused = next(event for event in events if isinstance(event, ModelRefused))
    assert refused.error.name == ended.error.name == "model.no_network"
    assert refused.ticket == 3


class _Constant(nn.Module):
    def __init__(self, answer: object):
        super().__init__()
        self.answer = answer

    def forward(self, _: object) -> object:
        return self.answer


def _opened(answer: object, task: str = "classify") -> OpenedModel:
    spec = InputSpec(kind="image", shape=(3, 4, 4))
    return OpenedModel(_Constant(answer), ModelRef("file", "x"), "x", spec, ("nothing", "cat"), task, "", "x")


def test_boxes_are_in_pixels_of_the_image_best_first():
    answer = [
        {
            "boxes": torch.tensor([[0.0, 0.0, 1.0, 1.0], [1.0, 2.0, 3.0, 4.0], [0.0, 0.0, 4.0, 4.0]]),
            "labels": torch.tensor([1, 1, 5]),
            "scores": torch.tensor([0.6, 0.9, 0.2]),
        }
    ]
    boxes = detect(_opened(answer, "detect"), torch.zeros(3, 4, 4), (8, 40), 0.5)
    assert [(box.box, box.name) for box in boxes] == [
        ((2.0, 20.0, 6.0, 40.0), "cat"),
        ((0.0, 0.0, 2.0, 10.0), "cat"),
    ]


def test_mask_and_shares():
    logits = torch.zeros(1, 3, 2, 2)
    logits[0, 1, 0, 0] = logits[0, 2, 1] = 1
    mask, labels = segment(_opened({"out": logits}, "segment"), torch.zeros(3, 2, 2), (4, 4))
    assert np.asarray(mask).tolist() == [[1, 1, 0, 0], [1, 1, 0, 0], [2, 2, 2, 2], [2, 2, 2, 2]]
    assert [(label.index, label.name, label.probability) for label in labels] == [
        (2, "class 2", 0.5),
        (1, "cat", 0.25),
    ]
    assert palette()[:12] == [0, 0, 0, 128, 0, 0, 0, 128, 0, 128, 128, 0]


@pytest.mark.parametrize("answer", [(torch.tensor([[1.0, 3.0]]), "aux"), {"logits": torch.tensor([[1.0, 3.0]])}])
def test_logits_are_found_in_what_models_return(answer: object):
    labels = classify(_opened(answer), torch.zeros(3, 4, 4))
    assert [label.name for label in labels] == ["cat", "nothing"]
    assert labels[0].probability == pytest.approx(1 / (1 + np.exp(-2)))


def test_probabilities_stay_and_one_logit_is_of_the_second_class():
    given = torch.tensor([0.25, 0.75])
    assert torch.equal(probabilities(given), given)
    assert probabilities(torch.tensor([0.0])).tolist() == [0.5, 0.5]


@pytest.mark.parametrize(
    ("answer", "name"),
    [(torch.tensor([[float("nan"), 1.0]]), "vision.not_finite"), ("text", "vision.no_tensor")],
)
def test_answers_that_say_nothing(answer: object, name: str):
    with pytest.raises(UserError) as caught:
        classify(_opened(answer), torch.zeros(3, 4, 4))
    assert caught.value.name == name


class _Talk:
    """A session that is asked one thing after another, and what it said so far."""

    def __init__(self, workspace: Workspace):
        self.control = Control()
        self.events: list[Event] = []
        self._said = threading.Condition()
        request = VisionRequest(str(workspace.root))
        self._thread = threading.Thread(target=drive, args=(run, request, self.control, self._take))
        self._thread.start()

    def _take(self, event: Event) -> None:
        with self._said:
            self.events.append(event)
            self._said.notify_all()

    def wait_for(self, kind: type[Event], ticket: int) -> None:
        def has_come() -> bool:
            return any(isinstance(event, kind) and event.ticket == ticket for event in self.events)

        with self._said:
            assert self._said.wait_for(has_come, 60)

    def end(self) -> None:
        self.control.stop()
        self._thread.join(60)


@pytest.fixture
def talk(workspace: Workspace) -> Iterator[_Talk]:
    """A running session."""
    talk = _Talk(workspace)
    yield talk
    talk.end()


def test_session_keeps_its_model_and_outlives_errors(talk: _Talk, photographs: list[Path]):
    talk.control.send(Predict(1, BUILTIN, (str(photographs[0]),)))
    talk.wait_for(Answered, 1)
    talk.control.send(Predict(2, "run:no-such-run", (str(photographs[0]),)))
    talk.wait_for(ModelRefused, 2)
    talk.control.send(Predict(3, BUILTIN, (str(photographs[1]),)))
    talk.wait_for(Answered, 3)
    talk.end()
    assert [(e.ticket, e.prediction.answer()) for e in talk.events if isinstance(e, Predicted)] == [
        (1, "tiger cat 0.39"),
        (3, "espresso 0.95"),
    ]
    assert talk.events[-1] == Ended("stopped")


def test_newer_request_ends_the_work_on_an_older_one(talk: _Talk, photographs: list[Path], tmp_path: Path):
    copies = []
    for index in range(300):
        copies.append(tmp_path / f"{index}.jpg")
        copies[-1].symlink_to(photographs[2])
    talk.control.send(Predict(1, BUILTIN, tuple(map(str, copies))))
    talk.wait_for(Predicted, 1)
    talk.control.send(Predict(2, BUILTIN, (str(photographs[1]),)))
    talk.wait_for(Answered, 2)
    first = [event for event in talk.events if isinstance(event, Predicted) and event.ticket == 1]
    assert len(next(event for event in talk.events if isinstance(event, Gathered)).paths) == 300
    assert len(first) < 300
    assert not any(isinstance(event, Answered) and event.ticket == 1 for event in talk.events)
