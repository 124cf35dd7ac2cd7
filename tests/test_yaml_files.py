"""YAML files: what is read, and the line that every kind of mistake gets."""

from __future__ import annotations

from pathlib import Path

import pytest

from reproduce.errors import SpecError
from reproduce.params import Params
from reproduce.spec import Spec
from reproduce.yaml_files import load, read

ROOT = Path(__file__).parents[1]

RUN = """\
kind: simulation
dataset: ml-1m
method:
  kind: dgdpo
  diagnoser: dgdpo/some
recommenders: [fpmc, sasrec]
"""


@pytest.fixture
def place(tmp_path, monkeypatch) -> Path:
    """A file in the working directory, so that errors name it as a user would."""
    monkeypatch.chdir(tmp_path)
    return tmp_path / "run.yaml"


def complaints(path: Path, text: str | bytes, model=Spec) -> list[str]:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(SpecError) as error:
        read(path, model)
    return str(error.value).splitlines()


def test_a_good_file_is_read(place):
    place.write_text(RUN)
    assert read(place, Spec).recommenders == ("fpmc", "sasrec")


ONE_MISTAKE = {
    "unknown key": (
        RUN + "users: 5\n",
        "run.yaml:7: unknown key `users` (known: archived, kind, dataset, method, recommenders, strategies, prompts)",
    ),
    "misspelt key": (
        RUN.replace("recommenders:", "recomenders:"),
        "run.yaml:6: unknown key `recomenders`, did you mean `recommenders`?"
        " (known: archived, kind, dataset, method, recommenders, strategies, prompts)",
    ),
    "misspelt kind": (
        RUN.replace("kind: dgdpo", "kind: dgpdo"),
        "run.yaml:3: no method of kind `dgpdo`, did you mean `dgdpo`? (known: agent4rec, llm_us, rah, agentcf, kuaisim, dgdpo)",
    ),
    "misspelt spec": (
        RUN.replace("simulation", "simulatoin"),
        "run.yaml:1: no spec of kind `simulatoin`, did you mean `simulation`?"
        " (known: simulation, audit, sensitivity, diagnosis, tuning, corpus, pretraining, finetuning, reinforcement, prediction)",
    ),
    "no kind": (
        RUN.replace("  kind: dgdpo\n", ""),
        "run.yaml:3: `method` says no `kind` (known: agent4rec, agentcf, dgdpo, kuaisim, llm_us, rah)",
    ),
    "misspelt value": (
        RUN.replace("sasrec", "sasreq"),
        "run.yaml:6: `recommenders[1]`: no `sasreq`, did you mean `sasrec`? (known: fpmc, narm, sasrec, lrurec)",
    ),
    "missing key": (
        RUN.replace("dataset: ml-1m\n", ""),
        "run.yaml:1: `dataset` is missing (a data set of `specs/datasets.yaml`, by the paper's name;"
        " `params.yaml` says what stands in for it in each mode)",
    ),
    "number for text": (RUN.replace("ml-1m", "12"), "run.yaml:2: `dataset` should be text, got 12; write it in quotes"),
    "text for list": (RUN.replace("[fpmc, sasrec]", "fpmc"), 'run.yaml:6: `recommenders` should be a list, got "fpmc"'),
    "text for mapping": (
        RUN.replace("[fpmc, sasrec]", "[narm]") + "archived: maybe\n",
        'run.yaml:7: `archived` should be true or false, got "maybe"',
    ),
    "empty list": (
        RUN.replace("[fpmc, sasrec]", "[]"),
        "run.yaml:6: `recommenders` should hold at least 1, not 0",
    ),
    "twice in a list": (RUN.replace("sasrec", "fpmc"), "run.yaml:6: `recommenders`: `fpmc` is given twice"),
    "duplicate key": (RUN + "dataset: books\n", "run.yaml:7: `dataset` is given twice"),
    "duplicate key below": (RUN.replace("diagnoser:", "kind:"), "run.yaml:5: `kind` is given twice"),
    "empty": ("", "run.yaml: is empty; write at least one key or delete the file"),
    "comments only": ("# nothing\n", "run.yaml: is empty; write at least one key or delete the file"),
    "a list": ("- kind: corpus\n", "run.yaml:1: the file should hold keys and values, got a list"),
    "text": ("hello\n", 'run.yaml:1: the file should hold keys and values, got "hello"'),
    "tab": ("kind: corpus\n\tdataset: a\n", "run.yaml:2: is not YAML: a tab stands where YAML wants spaces"),
    "open bracket": (
        "kind: corpus\nx: [1, 2\ny: 3\n",
        "run.yaml:3: is not YAML: while parsing a flow sequence, did not find expected ',' or ']'",
    ),
    "two documents": (
        "a: b\n---\nc: d\n",
        "run.yaml:2: is not YAML: expected a single document in the stream, but found another document",
    ),
    "list as key": ("{[a]: b}\n", "run.yaml:1: is not YAML: while constructing a mapping, found unhashable key"),
    "code": (
        "a: !!python/object:os.system x\n",
        "run.yaml:1: is not YAML: could not determine a constructor for the tag 'tag:yaml.org,2002:python/object:os.system'",
    ),
    "latin-1": ("kind: corpus\nmethod: é\n".encode("latin-1"), "run.yaml:2: byte 0xe9 is not UTF-8; save the file as UTF-8"),
    "control character": (b"kind: \x00\n", "run.yaml:1: the control character '\\x00' is not text; delete it"),
    "endless": (
        "a: &a [*a]\n",
        "run.yaml:1: the file says no `kind`"
        " (known: audit, corpus, diagnosis, finetuning, prediction, pretraining, reinforcement, sensitivity, simulation, tuning)",
    ),
}


@pytest.mark.parametrize(("text", "line"), ONE_MISTAKE.values(), ids=ONE_MISTAKE)
def test_a_mistake_gets_one_line_with_place_fact_and_remedy(place, text, line):
    assert complaints(place, text) == [line]


def test_a_missing_file_is_named(place):
    with pytest.raises(SpecError, match=r"^run\.yaml: is not there$"):
        read(place, Spec)


def test_a_folder_is_no_file(place):
    place.mkdir()
    with pytest.raises(SpecError, match=r"^run\.yaml: cannot be read \(Is a directory\)$"):
        read(place, Spec)


def test_all_mistakes_of_a_file_come_at_once_in_the_order_of_its_lines(place):
    text = (ROOT / "params.yaml").read_text()
    for good, bad in {
        "mode: rehearsal": "mode: rehersal",
        "seed: 42": "seed: 1.5",
        "alpha: 0.6": "alpha: 1",
        "honour_exit: false": "honour_exit: never",
        "  n1: 4": "  n1: true",
        "single_genre_diversity:": "single_gender_diversity:",
        "{ml-1m: town, books: town-books, movies-tv: town-amazon,": "[ml-1m,",
        "anime: town-anime}": "anime]",
        "output: 0.60": "outut: 0.60",
    }.items():
        assert good in text
        text = text.replace(good, bad, 1)
    found = complaints(place, text, Params)
    assert [line.split(": ", 1)[1] for line in found] == [
        "`mode`: no `rehersal`, did you mean `rehearsal`? (known: rehearsal, paper)",
        "`seed` should be a whole number, got 1.5",
        "`data.alpha`: input should be less than 1, got 1",
        '`interaction.honour_exit` should be true or false, got "never"',
        "unknown key `agent4rec.single_gender_diversity`, did you mean `single_genre_diversity`? (known: single_genre_diversity)",
        "`dgdpo.n1` should be a whole number, got true",
        "`rehearsal.sources` should hold keys and values, got a list",
        "`prices.gpt-4o-mini-2024-07-18.output` is missing (tokens of the reply)",
        "unknown key `prices.gpt-4o-mini-2024-07-18.outut`, did you mean `output`? (known: input, cached_input, output)",
    ]
    numbers = [int(line.split(":")[1]) for line in found]
    assert numbers == sorted(numbers)
    for line, number in zip(found, numbers, strict=True):
        key = line.split("`")[1].split(".")[-1]
        assert key in text.splitlines()[number - 1] or "is missing" in line


def test_scalars_are_read_as_dvc_reads_them(place):
    from ruamel.yaml import YAML

    text = "[no, yes, on, 2e-5, 010, 0o10, 1:30, ~, true, .5, 1., 1_000, -3, +1.5e3, 0x1f, .inf, 'true', 6.0e-3, null, a]\n"
    place.write_text(text)
    assert list(read(place, tuple)) == YAML(typ="safe", pure=True).load(text)


def test_a_document_knows_the_line_of_everything_in_it(place):
    place.write_text(RUN)
    document = load(place, Spec)
    assert str(document.problem(("method", "diagnoser"), "x")) == "run.yaml:5: x"
    assert str(document.problem(("recommenders", 1), "x")) == "run.yaml:6: x"
    assert str(document.problem(("strategies",), "x")) == "run.yaml:1: x"  # absent: where its mapping starts


def test_an_alias_and_a_merge_are_allowed(place):
    place.write_text("a: &x {kind: agent4rec}\nb: {<<: *x}\n")
    assert read(place, dict) == {"a": {"kind": "agent4rec"}, "b": {"kind": "agent4rec"}}
