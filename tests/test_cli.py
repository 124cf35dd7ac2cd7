"""The command line: one line per problem on stderr and exit code 2, and nothing heavy on the way to `validate`."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from reproduce import index
from reproduce.cli import app
from reproduce.data.catalog import Catalog
from reproduce.errors import ReproduceError
from reproduce.project import Project

ROOT = Path(__file__).parents[1]
HEAVY = ("torch", "transformers", "trl", "recbole", "sklearn", "pandas", "numpy", "scipy", "openai", "aiohttp", "dvc")


@pytest.fixture
def copy(tmp_path, monkeypatch) -> Path:
    """What of this checkout is written by hand, in the working directory."""
    for name in ("specs", "prompts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    for name in ("params.yaml", "dvc.yaml"):
        shutil.copy(ROOT / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def reproduce(*arguments: str, **options) -> subprocess.CompletedProcess[str]:
    """Run the command line as a user does."""
    return subprocess.run([sys.executable, "-m", "reproduce", *arguments], capture_output=True, text=True, check=False, **options)


def edited(path: str, good: str, bad: str) -> None:
    text = Path(path).read_text()
    assert good in text
    Path(path).write_text(text.replace(good, bad, 1))


def refusals(*arguments: str) -> list[str]:
    """The lines of the error with which a command ends, without a process of its own."""
    result = CliRunner().invoke(app, [*arguments])
    assert isinstance(result.exception, ReproduceError), result.output
    return str(result.exception).splitlines()


def test_a_valid_checkout_is_said_to_be_valid(copy):
    done = reproduce("validate")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"valid: {len(Project.here(ROOT).spec_keys())} specs, papers dgdpo, ensemble, mode rehearsal")


def test_a_mistake_is_one_line_on_stderr_and_exit_code_2(copy):
    edited("specs/dgdpo/ml-1m-dgdpo.yaml", "kind: dgdpo", "kind: dgpdo")
    done = reproduce("validate")
    assert (done.returncode, done.stdout) == (2, "")
    assert (
        done.stderr == "specs/dgdpo/ml-1m-dgdpo.yaml:5: no method of kind `dgpdo`, did you mean `dgdpo`?"
        " (known: agent4rec, llm_us, rah, agentcf, kuaisim, dgdpo)\n"
    )


def test_a_stage_with_a_stale_index_is_one_line_and_exit_code_2(copy):
    edited("specs/index.yaml", "needs2: models", "needs2: model")
    done = reproduce("stage", "simulate", "dgdpo/ml-1m-dgdpo")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "specs/index.yaml: is not what the specs say now; run `reproduce sync`\n"


def test_outside_of_a_checkout_is_one_line_and_exit_code_2(tmp_path):
    done = reproduce("validate", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == f"{tmp_path}: no `params.yaml` here or above; run inside a checkout of the project\n"


def test_a_bug_keeps_its_traceback(copy):
    code = "from reproduce import cli, validation; validation.problems = lambda *_: 1 / 0; cli.main()"
    done = subprocess.run([sys.executable, "-c", code, "validate"], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "Traceback" in done.stderr
    assert done.stderr.endswith("ZeroDivisionError: division by zero\n")


def test_a_package_of_an_extra_that_is_not_installed_is_one_line(copy):
    code = (
        "import sys; from reproduce import cli, validation; sys.modules['sklearn'] = None;"
        "validation.problems = lambda *_: __import__('sklearn.svm'); cli.main()"
    )
    done = subprocess.run([sys.executable, "-c", code, "validate"], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "scikit-learn: is not installed; pip install -c constraints.txt -e '.[train]'\n"


def test_an_interrupt_ends_without_a_traceback(copy):
    code = (
        "import time; from reproduce import cli, validation;"
        "validation.problems = lambda *_: print('on', flush=True) or time.sleep(60); cli.main()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, "validate"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # ignored where tests run in the background
    ) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == "on\n"
        time.sleep(0.1)
        running.send_signal(signal.SIGINT)
        _, stderr = running.communicate(timeout=20)
    assert running.returncode == 130
    assert "Traceback" not in stderr


def test_nothing_heavy_is_imported_to_validate(copy):
    code = (
        "import sys; sys.argv = ['reproduce', 'validate']; from reproduce.cli import app; app(standalone_mode=False);"
        f"print([name for name in {HEAVY} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (
            ("stage", "simulat", "x"),
            "dvc.yaml: no stage `simulat`, did you mean `simulate`?"
            " (known: preprocess, train, tune, annotate, pretrain, finetune, simulate, learn, headline, evaluate, report)",
        ),
        (
            ("stage", "simulate", "dgdpo/ml-1m-dgpo"),
            "stage simulate: nothing is run for `dgdpo/ml-1m-dgpo`, did you mean `dgdpo/ml-1m-dgdpo`?"
            " (known: dgdpo/ml-1m-agentcf, dgdpo/ml-1m-audit-dgdpo, dgdpo/ml-1m-dgdpo, dgdpo/ml-1m-diagnosis,"
            f" dgdpo/ml-1m-rah, dgdpo/ml-1m-sensitivity-dgdpo and {len(index.index(Project.here(ROOT))['runs']) - 6} more)",
        ),
        (("report",), "results/rehearsal/report/index.html: is not there; `dvc repro` builds it"),
        (("show",), "results/rehearsal/dgdpo.json: is not there; `dvc repro` builds it"),
        (
            ("data", "fetch", "ml_1m"),
            "specs/datasets.yaml: no source `ml_1m`, did you mean `ml-1m`?"
            " (known: amazon-all-beauty-2018, ml-100k, ml-1m, ml-1m-ranks, ml-25m, yelp"
            f" and {len(Catalog.load(ROOT).sources) - 6} more)",
        ),
        (("validate", "specs/dgdpo/none.yaml"), "specs/dgdpo/none.yaml: is not there"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_a_refusal_is_one_line(copy, arguments, line):
    assert refusals(*arguments) == [line]


def test_sync_writes_what_is_stale_and_checks_without_writing(copy):
    Path("specs/index.yaml").unlink()
    assert refusals("sync", "--check") == ["specs/index.yaml: is not what the specs say now; run `reproduce sync`"]
    assert not Path("specs/index.yaml").exists()
    assert CliRunner().invoke(app, ["sync"]).output == "wrote specs/index.yaml\n"
    assert CliRunner().invoke(app, ["sync", "--check"]).output == ""


def test_data_are_written_once(copy):
    first = CliRunner().invoke(app, ["data"])
    assert first.output.startswith("wrote data/town/")
    assert CliRunner().invoke(app, ["data"]).output == "data holds the embedded data already\n"


def test_data_list_says_where_each_source_lies(copy, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(copy / "cache"))
    monkeypatch.delenv("REPRODUCE_DATASETS", raising=False)
    said = CliRunner().invoke(app, ["data", "list"]).output
    assert "`reproduce data` writes it" in said
    assert "`reproduce data fetch ml-1m` downloads it" in said
    (copy / "cache/reproduce/datasets/ml-1m").mkdir(parents=True)
    (copy / "cache/reproduce/datasets/ml-1m/ml-1m.zip").touch()
    assert "cache/reproduce/datasets/ml-1m" in CliRunner().invoke(app, ["data", "list"]).output


def test_every_command_has_help_that_starts_with_a_sentence():
    from typer.main import get_command

    def walk(command, name):
        assert command.help, name
        assert command.help.split("\n")[0].rstrip().endswith((".", ":")), name
        for parameter in command.params:
            assert parameter.name == "help" or parameter.help, (name, parameter.name)
        for child, below in getattr(command, "commands", {}).items():
            walk(below, f"{name} {child}")

    walk(get_command(app), "reproduce")


def test_no_option_changes_a_number():
    """Every option of every command; a new one must be none that `params.yaml` or a spec should hold."""
    from typer.main import get_command

    def options(command):
        yield from (option for parameter in command.params if parameter.param_type_name == "option" for option in parameter.opts)
        for below in getattr(command, "commands", {}).values():
            yield from options(below)

    looks = {"--open", "--check", "--core", "--headline", "--longest", "--probe", "--recommender", "--strategy"}
    assert set(options(get_command(app))) <= {"--help", *looks}  # what is looked at, never what is run


def test_the_module_is_the_command(copy):
    command = Path(sys.executable).with_name("reproduce")
    if not command.exists():
        pytest.fail("the console script `reproduce` is not installed; `pip install -e .`")
    done = subprocess.run([command, "validate"], capture_output=True, text=True, check=False, env=os.environ)
    assert done.stdout == reproduce("validate").stdout


def answered(root: Path, texts: dict[str, str]) -> None:
    """Record an answer to each of some requests, as a live run does."""
    import asyncio

    from reproduce.llm.recordings import Recordings
    from reproduce.llm.request import Answer, Asked, Message, Request, Usage

    async def put() -> None:
        store = Recordings(root / ".reproduce" / "answers.sqlite")
        for said, reply in texts.items():
            request = Request(model="m-1", messages=(Message(role="user", content=said),))
            asked = Asked("dgdpo/decide.v1", {"item": said}, request)
            await store.put(asked, request.key, Answer(text=reply, usage=Usage(prompt_tokens=1, completion_tokens=1)))
        store.close()

    asyncio.run(put())


def said(*arguments: str) -> list[str]:
    result = CliRunner().invoke(app, [*arguments])
    assert result.exit_code == 0, result.exception
    return result.output.splitlines()


def test_recordings_are_sealed_once_given_away_and_checked(copy, tmp_path_factory, monkeypatch):
    answered(copy, {"one": "yes", "two": "no"})
    first = said("recordings", "seal")
    assert first[0].startswith("wrote recordings/m-1/")
    assert said("recordings", "seal") == ["every answer is sealed already"]
    assert said("recordings", "verify") == ["1 segments with answers to 2 requests are whole"]

    other = tmp_path_factory.mktemp("other")
    for name in ("specs", "params.yaml"):
        shutil.copytree(copy / name, other / name) if (copy / name).is_dir() else shutil.copy(copy / name, other)
    monkeypatch.chdir(other)
    assert said("recordings", "import", str(copy / "recordings")) == ["1 new of 1 segments, 2 answers"]
    assert said("recordings", "import", str(copy / "recordings")) == ["0 new of 1 segments, 0 answers"]
    answered(other, {"one": "no"})
    said("recordings", "seal")
    assert said("recordings", "verify")[1:] == ["1 of 1 repeated requests got different texts (100.0%)"]


def test_a_damaged_segment_is_refused_in_one_line(copy):
    answered(copy, {"one": "yes"})
    path = Path(said("recordings", "seal")[0].removeprefix("wrote "))
    path.write_bytes(path.read_bytes()[:-7])
    assert len(refusals("recordings", "verify")) == 1
    assert refusals("recordings", "verify")[0].startswith(f"{path}: ")


def test_a_folder_without_segments_is_refused(copy):
    assert refusals("recordings", "import", "specs") == ["specs: holds no segments (<model>/<name>.jsonl.zst)"]


def test_why_without_a_failed_replay_says_so(copy):
    assert refusals("why") == ["no replay has failed here: there is nothing to explain"]
