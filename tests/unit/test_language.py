"""Names, text, dates and series: real trainings, what they tell, and how their data are made."""

from __future__ import annotations

import datetime
import math

import pytest
import torch

from studio.catalog.checking import build_spec, read_spec
from studio.catalog.given import said_by
from studio.catalog.shelf import entry, models_for, suitable
from studio.engine.building import describe_data, load_samples
from studio.engine.models import open_model
from studio.runs.workspace import Workspace
from studio.spec.errors import UserError
from studio.spec.events import Ended, Measured, Pictured
from studio.spec.exports import ExportRequest
from studio.spec.job import Control, drive
from studio.spec.model_ref import ModelRef
from studio.zoo import text
from studio.zoo.datasets.dates import DIGITS, dates, forms_of
from studio.zoo.datasets.kjv import CHARACTERS, kjv, plain_text
from studio.zoo.datasets.sunspots import sunspots
from studio.zoo.datasets.surnames import LABELS, LANGUAGES, names_of, split_names, surnames
from studio.zoo.measures import classification, forecasting, language, translation
from studio.zoo.models.gpt import GPT
from studio.zoo.models.recurrent import Recurrent
from studio.zoo.models.transformer import Transformer
from tests.training_runs import Trained, train

CPU = "training.device=cpu"
SHORT = {
    "text-classification": ["training.epochs=1", "data.most=60"],
    "char-lm": ["training.epochs=2", "data.characters=9000", "model.width=32", "model.layers=1"],
    "date-translation": ["training.epochs=1", "data.count=400", "data.test_count=50"],
    "sunspots": ["training.epochs=3"],
}
"""The recipes with so little to learn that they take a second."""


def picture(trained: Trained, name: str) -> dict:
    return [event.data for event in trained.of(Pictured) if event.name == name][-1]


def test_names_are_told_far_better_than_by_chance(workspace: Workspace) -> None:
    trained = train(workspace, "text-classification", [CPU, "training.epochs=3"])
    metrics = trained.ended.result["metrics"]
    assert metrics["balanced_accuracy/test"] > 0.25 + 1 / len(LABELS)
    assert trained.ended.result["best"]["metric"] == "accuracy/test"
    worst = picture(trained, "worst")["samples"]
    _, _, test, _ = split_names()
    assert all(sample["text"] == test[sample["index"]].lower()[:16] for sample in worst)


def test_sunspots_are_forecast_better_than_naively(workspace: Workspace) -> None:
    trained = train(workspace, "sunspots", [CPU])
    assert trained.ended.result["best"]["value"] > 0.3
    drawn = picture(trained, "forecast")
    assert (drawn["word"], drawn["begin"]) == ("year", 1932.0)
    years, numbers = drawn["series"]
    assert (years[-1], years[60]) == (2008.0, 1932.0)
    assert numbers[-1] == pytest.approx(0.029)
    x, y = sunspots()[2:]
    errors = (torch.tensor(drawn["forecast"][1]) - y[:, 0]).abs().mean()
    assert errors.item() == pytest.approx(trained.ended.result["metrics"]["mae/test"], rel=1e-5)
    of_naive = (torch.tensor(drawn["naive"][1]) - y[:, 0]).abs().mean().item()
    assert of_naive <= (x[:, -1] - y).abs().mean().item()
    skill = trained.ended.result["metrics"]["skill/test"]
    assert skill == pytest.approx(1 - errors.item() / of_naive, rel=1e-4)


def test_dates_are_translated(workspace: Workspace) -> None:
    trained = train(workspace, "date-translation", [CPU, "training.epochs=3", "data.test_count=200"])
    assert trained.ended.result["metrics"]["exact/test"] >= 0.95
    shown = picture(trained, "attention")["samples"]
    for one in shown:
        shares = torch.tensor(one["shares"]).view(len(one["answer"]), len(one["source"]))
        assert torch.allclose(shares.sum(1), torch.ones(10), atol=1e-4)
    assert any("".join(one["answer"]) == one["true"] for one in shown)


@pytest.mark.slow
def test_a_language_model_comes_to_write_words(workspace: Workspace) -> None:
    trained = train(workspace, "char-lm", [CPU, "training.epochs=4"])
    assert trained.ended.result["best"]["value"] < 2.8
    known = set(plain_text()[:600_000].split())
    words = picture(trained, "written")["samples"][-1]["text"].split()[1:-1]
    assert sum(word in known for word in words) > 0.4 * len(words)


def test_samples_grow_and_say_when_they_were_written(workspace: Workspace) -> None:
    trained = train(workspace, "char-lm", [CPU, *SHORT["char-lm"]])
    drawn = picture(trained, "written")
    assert drawn["samples"][-1]["step"] == trained.ended.result["step"]
    assert drawn["samples"][-1]["bits"] == trained.ended.result["metrics"]["bits/test"]
    assert all(len(one["text"]) == 200 for one in drawn["samples"])
    assert drawn["prompt"] in plain_text()[:9001]
    assert trained.ended.result["best"]["metric"] == "bits/test"
    losses = trained.curve("loss/test")
    assert trained.curve("bits/test")[-1] == pytest.approx(losses[-1] / math.log(2))


def test_what_was_written_survives_an_interruption_with_the_same_bits(workspace: Workspace) -> None:
    def stop(event: object, control: Control) -> None:
        if (
            isinstance(event, Measured)
            and "loss/train" in event.series
            and event.series["loss/train"].steps[-1] >= 6
        ):
            control.stop()

    settings = [CPU, *SHORT["char-lm"], "training.epochs=3", "model.dropout=0.1"]
    whole = train(workspace, "char-lm", settings)
    stopped = train(workspace, "char-lm", settings, watch=stop)
    assert stopped.ended.outcome == "stopped"
    resumed = train(workspace, "", resume=stopped.ended.result["run"])
    assert resumed.ended.result["weights_sha256"] == whole.ended.result["weights_sha256"]
    steps = [one["step"] for one in picture(resumed, "written")["samples"]]
    assert steps == sorted(set(steps))
    assert steps[-1] == whole.ended.result["step"]


def test_greedy_answers_read_the_source_alone(workspace: Workspace) -> None:
    trained = train(workspace, "date-translation", [CPU, *SHORT["date-translation"]])
    model = open_model(ModelRef.parse(f"run:{trained.ended.result['run']}"), workspace).module
    x, y = dates(400, 50)[2:]
    blind = x.clone()
    blind[:, 41:] = 0
    with torch.no_grad():
        answers = translation.translate(model, x, 10)
        assert torch.equal(answers, translation.translate(model, blind, 10))
        x[:, 41:] = answers[:, :-1]
        assert torch.equal(model(x).argmax(1), answers), "writing and reading again agree"
    measures = translation.judge(model, torch.nn.CrossEntropyLoss(), x, y)
    assert measures["exact"] == (answers == y).all(1).double().mean().item()


@pytest.mark.parametrize("recipe", SHORT)
def test_a_run_opens_and_exports(workspace: Workspace, recipe: str, tmp_path) -> None:
    from studio.engine.exporting.job import run

    trained = train(workspace, recipe, [CPU, *SHORT[recipe]])
    reference = f"run:{trained.ended.result['run']}@best"
    formats = ("pt2", "safetensors")
    request = ExportRequest(reference, formats, str(tmp_path), workspace=str(workspace.root), measure=False)
    ended = drive(run, request, Control(), lambda event: None)
    assert isinstance(ended, Ended)
    verdicts = [file["verdict"] for file in ended.result["files"]]
    assert all(verdict.startswith("equal") for verdict in verdicts), ended


@pytest.mark.parametrize(("data", "task"), [("surnames", "classification"), ("sunspots", "forecasting")])
def test_every_model_for_it_trains_and_every_loss(workspace: Workspace, data: str, task: str) -> None:
    recipe = {"surnames": "text-classification", "sunspots": "sunspots"}[data]
    models = [one.name for one in models_for(data, task)]
    assert {"recurrent", "transformer"} <= set(models)
    settings = [CPU, *SHORT[recipe], "training.epochs=1"]
    for model in set(models) - {"stack"}:  # its layers have to be said
        trained = train(workspace, recipe, [*settings, f"model.name={model}"])
        assert trained.ended.outcome == "finished", (model, trained.ended.error)
    for loss in suitable("loss", task):
        trained = train(workspace, recipe, [*settings, f"loss.name={loss.name}"])
        assert trained.ended.outcome == "finished", (loss.name, trained.ended.error)


@pytest.mark.parametrize("cell", ["gru", "lstm", "rnn"])
def test_what_stands_after_a_text_changes_nothing(cell: str) -> None:
    torch.manual_seed(0)
    for model in (
        Recurrent((6,), 9, 3, cell=cell, bidirectional=False).eval(),
        Transformer((6,), 9, 3, width=16).eval(),
    ):
        x = torch.tensor([[3, 4, 5, 0, 0, 0], [0, 0, 0, 0, 0, 0]])
        answers = model(x)
        assert answers.isfinite().all(), "a text without anything known is answered too"
        assert torch.allclose(answers[0], model(torch.tensor([[3, 4, 5, 0, 0, 0]]))[0], atol=1e-6)
        assert not torch.allclose(answers[0], model(torch.tensor([[3, 4, 6, 0, 0, 0]]))[0])


def test_a_language_model_does_not_look_ahead() -> None:
    torch.manual_seed(0)
    model = GPT(9, 6, width=16, heads=2, layers=2).eval()
    first, second = torch.tensor([[1, 2, 3, 4, 5, 6]]), torch.tensor([[1, 2, 3, 8, 8, 8]])
    assert torch.allclose(model(first)[:, :, :3], model(second)[:, :, :3], atol=1e-6)
    assert model(first[:, :2]).shape == (1, 9, 2)


def test_heads_that_do_not_fit_are_told_in_one_line(workspace: Workspace) -> None:
    trained = train(workspace, "char-lm", [CPU, *SHORT["char-lm"], "model.heads=5"])
    assert trained.ended.error.name == "model.bad"
    assert "cannot be shared out among 5 heads" in trained.ended.error.why


def test_a_vocabulary_comes_from_training_texts_alone() -> None:
    tokens = text.vocabulary_of(["Anna", "Bo", "zzzQ"], 3, lowercase=True)
    assert tokens[:2] == (text.PADDING, text.UNKNOWN)
    assert set(tokens[2:]) == set("anbozz"), "what is cut off is unknown too"
    encoded = text.encode(["ANNA", "xa"], tokens, 3, lowercase=True)
    assert encoded.shape == (2, 3)
    assert text.decode(encoded[0], tokens) == "ann"
    assert encoded[1].tolist() == [1, tokens.index("a"), 0]
    words = text.vocabulary_of(["good, very good", "bad"], 10, "word", most=4)
    assert words == ("", text.UNKNOWN, "good", ",")
    assert text.encode(["good day,"], words, 4, "word").tolist() == [[2, 1, 3, 0]]
    assert text.decode(torch.tensor([2, 3, 0]), words, "word") == "good ,"
    assert text.numbers_of("a?b", ("b", "a")) == [1, 0], "without an unknown token, what is unknown is left out"


def test_no_name_is_in_two_languages_or_in_both_parts() -> None:
    assert tuple(LANGUAGES) == LABELS
    train_names, train_y, test_names, test_y = split_names()
    everywhere = [name.lower() for name in (*train_names, *test_names)]
    assert len(everywhere) == len(set(everywhere))
    assert set(train_y) == set(test_y) == set(range(len(LABELS)))
    german = {name.lower() for name in names_of("de_DE")}
    assert all(name.lower() in german for name, y in zip(test_names, test_y, strict=True) if LABELS[y] == "German")
    again = surnames(split_seed=0)
    assert all(torch.equal(one, other) for one, other in zip(surnames(), again, strict=True))
    assert not torch.equal(surnames(split_seed=1)[0], again[0])
    shares = torch.tensor(test_y).bincount() / torch.tensor(train_y).bincount()
    assert (shares - 0.25).abs().max() < 0.02


def test_the_bible_is_told_character_by_character() -> None:
    train_x, train_y, test_x, _ = kjv(9000, 50)
    assert torch.equal(train_x[:, 1:], train_y[:, :-1])
    assert torch.equal(train_x[1:, 0], train_y[:-1, -1])
    assert len(test_x) == 18
    assert text.decode(train_x[0], CHARACTERS).startswith("In the beginning God created")
    assert set(plain_text()) <= set(CHARACTERS)
    with pytest.raises(ValueError, match="cannot be split"):
        kjv(100, 90)


def test_dates_are_written_in_ways_that_people_write_them() -> None:
    forms = forms_of(datetime.date(1987, 5, 3))
    assert {"3 May 1987", "May 3rd, 1987", "Sunday, 3 May 1987", "the third of May 1987"} <= set(forms)
    assert "the thirty-first of July 2006" in forms_of(datetime.date(2006, 7, 31))
    assert "the twentieth of July 2006" in forms_of(datetime.date(2006, 7, 20))
    assert "July 11th, 2006" in forms_of(datetime.date(2006, 7, 11))
    train_x, train_y, _, test_y = dates(500, 100)
    answers = {text.decode(row, DIGITS) for row in train_y}
    assert len(answers) == 500, "each day once"
    assert not answers & {text.decode(row, DIGITS) for row in test_y}
    assert torch.equal(train_x[:, 41:], train_y[:, :-1])
    assert not train_x[:, 40].any()


def test_what_constants_say_is_what_the_data_are() -> None:
    for name in ("kjv", "dates"):
        known = said_by(entry("dataset", name))
        spec = read_spec({"kjv": "char-lm", "dates": "date-translation"}[name])
        samples = load_samples(spec)
        assert int(samples.train_x.max()) < known["vocabulary"]
        assert samples.input.shape == tuple(samples.train_x.shape[1:])
        assert samples.input.dtype == "int64"
    labels = describe_data(read_spec("date-translation"))[1]
    assert len(labels) == said_by(entry("dataset", "dates"))["target_vocabulary"]


def test_windows_are_split_by_time() -> None:
    _, train_y, test_x, test_y = sunspots(window=10, ahead=3)
    assert torch.equal(test_x[0, -3:, 0], torch.cat([train_y[-5:-2, 0]])), "windows follow each other"
    assert len(train_y) + len(test_y) == 309 - 10 - 3 + 1
    with pytest.raises(ValueError, match="cannot be split"):
        sunspots(window=200, test_fraction=0.9)


def test_balanced_accuracy_counts_each_class_the_same() -> None:
    logits = torch.eye(3)[torch.tensor([0, 0, 0, 0, 0, 1])]
    measured = classification.measure(logits, torch.tensor([0, 0, 0, 0, 1, 1]))
    assert measured == {"accuracy": 5 / 6, "balanced_accuracy": 0.75}
    assert classification.measure(logits[-2:], torch.tensor([0, 1])) == {"accuracy": 1.0}


def test_bits_are_those_of_a_guess_where_nothing_is_known() -> None:
    assert language.measure(torch.zeros(2, 8, 5), torch.zeros(2, 5, dtype=torch.int64))["bits"] == pytest.approx(3)


def test_the_naive_forecast_is_the_best_that_a_window_holds() -> None:
    x = torch.tensor([[0.0, 1.0, 5.0], [1.0, 5.0, 0.0], [5.0, 0.0, 1.0]]).unsqueeze(2)
    y = x[:, 0] + 0.5
    assert torch.equal(forecasting.naive_forecast(x, y), x[:, 0])


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(UserError, match=r"`loss.name` is `MSELoss`, which does not suit language"):
        read_spec("char-lm", ["loss.name=MSELoss"])
    with pytest.raises(UserError, match="does not take the samples of `sunspots`"):
        read_spec("sunspots", ["model.name=gpt"])
    assert build_spec({"recipe": "sunspots"}).task == "forecasting"
