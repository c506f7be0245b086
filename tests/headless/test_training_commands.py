"""train, resume, recipes, datasets, script: what they print is an interface, how they end an exit code."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from studio.headless.command_line import main
from studio.runs.folder import RunFolder

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def studio(capsys, workspace):
    """Runs a command line in this process; gives exit code, standard output and standard error."""

    def call(*argv):
        code = main([*argv, "--workspace", str(workspace.root)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_train_prints_one_event_a_line_and_the_agreed_end(studio):
    code, out, err = studio("train", "digits-cnn", "--json", "--set", "training.epochs=2")
    assert (code, err) == (0, "")
    events = [json.loads(line) for line in out.splitlines()]
    assert events[0]["event"] == "started"
    assert {event["event"] for event in events} >= {"measured", "progressed", "pictured", "checkpointed"}
    losses = [value for one in events for value in one.get("series", {}).get("loss/train", {}).get("values", [])]
    assert len(losses) == 46
    end = events[-1]
    assert list(end) == ["event", "outcome", "run", "folder", "metrics", "weights_sha256", "error"]
    assert (end["event"], end["outcome"], end["error"]) == ("ended", "finished", None)
    assert end["metrics"]["accuracy/test"] > 0.9
    assert len(end["weights_sha256"]) == 64
    assert Path(end["folder"]).name == end["run"]


def test_the_same_command_gives_the_same_weights(studio):
    hashes = set()
    for _ in range(2):
        _, out, _ = studio("train", "digits-cnn", "--json", "--set", "training.epochs=1")
        hashes.add(json.loads(out.splitlines()[-1])["weights_sha256"])
    assert len(hashes) == 1


def test_train_without_json_says_what_came_out(studio, workspace):
    code, out, err = studio("train", "linear-regression")
    assert (code, err) == (0, "")
    assert "2 parameters" in out
    assert "Finished run 0001-linear-regression" in out
    assert str(workspace.runs / "0001-linear-regression") in out


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        (["train", "digit-cnn"], "Did you mean `digits-cnn`?"),
        (["train", "digits-cnn", "--set", "optimizer.lr=-0.1"], "`optimizer.lr` is -0.1; it must be above 0."),
        (["train", "digits-cnn", "--set", "optimizer"], "'optimizer' is not a setting."),
        (["train", "nothing.toml"], "nothing.toml could not be read"),
        (["resume", "7"], "There is no run '7'"),
        (["script", "neither"], "neither a run of this workspace nor a recipe"),
        (["train", "a" * 300], "There is no recipe named `aaa"),
        (["script", "a" * 300], "neither a run of this workspace nor a recipe"),
        (["train", "digits-cnn", "--set", "recipe=linear-regression"], "`recipe` cannot be set."),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(studio, argv, line):
    code, out, err = studio(*argv)
    assert (code, out) == (2, "")
    assert line in err
    assert len(err.splitlines()) == 1


def test_work_that_failed_is_exit_code_1(studio):
    code, out, err = studio("train", "digits-cnn", "--json", "--set", "optimizer.lr=1e9")
    end = json.loads(out.splitlines()[-1])
    assert (code, end["outcome"]) == (1, "failed")
    assert set(end["error"]) == {"what", "why", "remedy"}
    assert err == ""


def test_a_specification_file_trains(studio, tmp_path):
    path = tmp_path / "mine.toml"
    path.write_text('recipe = "linear-regression"\n[training]\nepochs = 3\n')
    code, out, _ = studio("train", str(path), "--json")
    assert code == 0
    assert json.loads(out.splitlines()[0])["about"]["steps"] == 3


def test_recipes_and_datasets_are_listed(studio):
    _, out, _ = studio("recipes", "--json")
    recipes = json.loads(out)
    assert [list(one)[:3] for one in recipes] == [["name", "task", "summary"]] * len(recipes)
    assert {"linear-regression", "digits-cnn"} <= {one["name"] for one in recipes}
    _, out, _ = studio("datasets", "--json")
    assert {"line", "digits"} <= {one["name"] for one in json.loads(out)}
    assert "digits-cnn" in studio("recipes")[1]
    assert "1×8×8" in studio("datasets")[1]


def test_the_script_of_a_run_is_that_of_its_specification(studio, tmp_path):
    studio("train", "linear-regression", "--set", "training.epochs=3")
    _, out, _ = studio("script", "1")
    assert "EPOCHS = 3" in out
    assert out == studio("script", "linear-regression", "--set", "training.epochs=3")[1]
    studio("script", "linear-regression", "--out", str(tmp_path / "a.py"))
    assert "EPOCHS = 100" in (tmp_path / "a.py").read_text()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interruption_saves_exits_130_and_can_be_resumed(studio, workspace, number):
    settings = ["training.epochs=1000", "training.device=cpu"]
    command = [sys.executable, "-m", "tests.training_child", str(workspace.root), *settings]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        for line in child.stdout:
            if json.loads(line)["event"] == "measured":
                break
        child.send_signal(number)
        end = json.loads(child.stdout.read().splitlines()[-1])
        assert child.wait() == 130
    assert end["outcome"] == "stopped"
    folder = RunFolder.open(workspace, end["run"])
    assert folder.checkpoint("last").step == folder.read_state().step > 0
    # The specification is the run's own: shorter, so that the rest is done soon.
    folder.spec_path.write_text(folder.spec_path.read_text().replace("epochs = 1000", "epochs = 1"))
    code, out, _ = studio("resume", end["run"], "--json")
    assert (code, json.loads(out.splitlines()[-1])["outcome"]) == (0, "finished")


def test_no_qt_is_needed(workspace):
    code = (
        "import sys; sys.modules['PySide6'] = None;"
        "from studio.headless.command_line import main;"
        f"raise SystemExit(main(['train', 'linear-regression', '--workspace', {str(workspace.root)!r}]))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Finished run" in done.stdout


def test_bad_data_are_said_in_one_line_and_make_no_run(workspace, tmp_path, capsys):
    (tmp_path / "people.csv").write_text("height,ill\n1.7,yes\n1.8,no\n,no\n1.6,yes\n")
    (tmp_path / "people.toml").write_text(
        '[data]\nname = "table"\npath = "people.csv"\ntarget = "ill"\n'
        '[model]\nname = "mlp"\n[loss]\nname = "CrossEntropyLoss"\n[optimizer]\nname = "AdamW"\n'
    )
    assert main(["train", str(tmp_path / "people.toml"), "--workspace", str(workspace.root)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("people.csv, row 4: the column 'height' has no value there.")
    assert said.count("\n") == 1
    assert not [*workspace.runs.iterdir()]
