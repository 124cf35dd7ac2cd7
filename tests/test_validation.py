"""Files against each other: every reference that does not hold gets one line, where it stands."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from reproduce import index
from reproduce.project import Project
from reproduce.validation import problems, warnings

ROOT = Path(__file__).parents[1]


@pytest.fixture
def copy(tmp_path, monkeypatch) -> Path:
    """The specs, knobs and prompts of this checkout, in the working directory."""
    for name in ("specs", "prompts"):
        shutil.copytree(ROOT / name, tmp_path / name)
    shutil.copy(ROOT / "params.yaml", tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def edited(path: str, good: str, bad: str) -> int:
    """Replace the first occurrence; its line."""
    text = Path(path).read_text()
    assert good in text, f"{path} has no {good!r}"
    Path(path).write_text(text.replace(good, bad, 1))
    return text[: text.index(good)].count("\n") + 1


def found(root: Path) -> list[str]:
    return [str(problem) for problem in problems(root)]


def test_this_checkout_is_valid():
    assert [str(problem) for problem in problems(ROOT)] == []


DGDPO = "specs/dgdpo/ml-1m-dgdpo.yaml"
BOOKS = "specs/dgdpo/books-dgdpo.yaml"
DIAGNOSIS = "specs/dgdpo/ml-1m-diagnosis.yaml"
DIAGNOSER = "specs/dgdpo/ml-1m-diagnoser.yaml"
PAPER = "specs/dgdpo/paper.yaml"

MISTAKES = {
    "no such diagnoser": (
        (DGDPO, "diagnoser: dgdpo/ml-1m-diagnoser ", "diagnoser: dgdpo/ml-1m-diagnosr "),
        f"{DGDPO}:7: no spec `dgdpo/ml-1m-diagnosr`, did you mean `dgdpo/ml-1m-diagnoser`? (known: ",
    ),
    "diagnoser of another kind": (
        (DGDPO, "diagnoser: dgdpo/ml-1m-diagnoser ", "diagnoser: dgdpo/ml-1m-corpus "),
        f"{DGDPO}:7: `dgdpo/ml-1m-corpus` is a `corpus`, a `finetuning` or `pretraining` is needed (known: ",
    ),
    "no such data set": (
        ("specs/dgdpo/ml-1m-agent4rec.yaml", "dataset: ml-1m ", "dataset: ml1m "),
        "specs/dgdpo/ml-1m-agent4rec.yaml:4: no data set `ml1m`, did you mean `ml-1m`?",
    ),
    "no such corpus": (
        ("specs/dgdpo/ml-1m-pretrained.yaml", "corpus: dgdpo/ml-1m-corpus", "corpus: dgdpo/ml-1m-corps"),
        "specs/dgdpo/ml-1m-pretrained.yaml:4: no spec `dgdpo/ml-1m-corps`, did you mean `dgdpo/ml-1m-corpus`?"
        " (known: dgdpo/books-corpus, dgdpo/ml-1m-corpus, dgdpo/movies-tv-corpus, ensemble/amazon-games-descriptions, ",
    ),
    "corpus of another method": (
        ("specs/dgdpo/ml-1m-pretrained.yaml", "corpus: dgdpo/ml-1m-corpus", "corpus: ensemble/yelp-descriptions"),
        "specs/dgdpo/ml-1m-pretrained.yaml:4: `ensemble/yelp-descriptions` is a corpus of `ensemble`, one of `dgdpo` is needed",
    ),
    "ensemble without keywords": (
        ("specs/ensemble/yelp-dqn.yaml", "corpus: ensemble/yelp-descriptions\n", ""),
        "specs/ensemble/yelp-dqn.yaml:2: an `ensemble` needs a `corpus` with the items' keywords",
    ),
    "keywords for nothing": (
        ("specs/ensemble/yelp-suber-dqn.yaml", "learner: dqn", "learner: dqn\ncorpus: ensemble/yelp-descriptions"),
        "specs/ensemble/yelp-suber-dqn.yaml:6: only an `ensemble` reads a `corpus`; leave it out",
    ),
    "keywords of another data set": (
        ("specs/ensemble/yelp-dqn.yaml", "corpus: ensemble/yelp", "corpus: ensemble/anime"),
        "specs/ensemble/yelp-dqn.yaml:4: rests on the data set `anime`, this spec on `yelp`",
    ),
    "metric from what is no prediction": (
        ("specs/ensemble/paper.yaml", "{auc: ensemble/yelp-prediction}", "{auc: ensemble/yelp-dqn}"),
        "specs/ensemble/paper.yaml:{line}: `ensemble/yelp-dqn` is a `reinforcement`, a `prediction` is needed",
    ),
    "ablation that is none": (
        (
            DIAGNOSIS,
            "without_pretraining: dgdpo/ml-1m-diagnoser-without-pretraining",
            "without_pretraining: dgdpo/ml-1m-diagnoser",
        ),
        f"{DIAGNOSIS}:7: `dgdpo/ml-1m-diagnoser` starts from the pre-trained `dgdpo/ml-1m-pretrained`",
    ),
    "archived part": (
        (DIAGNOSER, "kind: finetuning", "archived: true\nkind: finetuning"),
        f"{DGDPO}:7: `dgdpo/ml-1m-diagnoser` is archived; archive this spec, too, or take another one",
    ),
    "no such source": (
        ("params.yaml", "sources: {ml-1m: town,", "sources: {ml-1m: towns,"),
        "params.yaml:{line}: no source `towns`, did you mean `town`?",
    ),
    "no source": (
        ("params.yaml", "sources: {ml-1m: town, ", "sources: {"),
        f"{DGDPO}:4: `rehearsal.sources` of params.yaml names no source to read for `ml-1m`; add a line there",
    ),
    "source for no data set": (
        ("params.yaml", "sources: {ml-1m: town,", "sources: {ml-1m: town, ml-2m: town,"),
        "params.yaml:{line}: no data set `ml-2m`, did you mean `ml-1m`?",
    ),
    "more rounds than test items": (
        ("params.yaml", "rounds: 10", "rounds: 11"),
        "params.yaml:{line}: a user of `books` has 10 test items, so no more rounds than that",
    ),
    "no such run": (
        (PAPER, "run: dgdpo/ml-1m-agent4rec", "run: dgdpo/ml-1m-agent5rec"),
        f"{PAPER}:{{line}}: no run `dgdpo/ml-1m-agent5rec`, did you mean `dgdpo/ml-1m-agent4rec`? (known: ",
    ),
    "spec that is no run": (
        (PAPER, "run: dgdpo/ml-1m-agent4rec", "run: dgdpo/ml-1m-corpus"),
        f"{PAPER}:{{line}}: `dgdpo/ml-1m-corpus` is a `corpus`, not a run (known: ",
    ),
    "strategy that is not played": (
        (BOOKS, "strategies: [none, without_gt, with_gt]", "strategies: [none, with_gt]"),
        "`dgdpo/books-dgdpo` does not play the strategy `without_gt`; add it to its `strategies`",
    ),
    "no such version of a prompt": (
        ("params.yaml", "prompts: {dgdpo/round: 1}", "prompts: {dgdpo/round: 9}"),
        "params.yaml:{line}: no prompt `dgdpo/round.v9`, did you mean `dgdpo/round.v",
    ),
    "audit of no simulation": (
        ("specs/dgdpo/ml-1m-audit-rah.yaml", "of: dgdpo/ml-1m-rah", "of: dgdpo/ml-1m-corpus"),
        "specs/dgdpo/ml-1m-audit-rah.yaml:4: `dgdpo/ml-1m-corpus` is a `corpus`, a `simulation` is needed (known: ",
    ),
    "headline that no run fills": (
        (
            PAPER,
            "printed: [0.1067, 0.6304, 0.6651, 0.1825], run: dgdpo/ml-1m-kuaisim}",
            "printed: [0.1067, 0.6304, 0.6651, 0.1825]}",
        ),
        "no run fills `KuaiSim` of table `T2` on `ml-1m`; give it one or leave the block out",
    ),
    "example of no simulation": (
        (PAPER, "label: incomplete, run: dgdpo/books-dgdpo}", "label: incomplete, run: dgdpo/books-diagnosis}"),
        f"{PAPER}:{{line}}: `dgdpo/books-diagnosis` is a `diagnosis`, a `simulation` is needed (known: ",
    ),
    "nobody's predictions": (
        (PAPER, ", predictor: general}", "}"),
        f"{PAPER}:{{line}}: `dgdpo/ml-1m-diagnosis` is a diagnosis: say whose answers in `predictor`",
    ),
    "unknown prompt input": (
        ("prompts/dgdpo/decide.v1.j2", "{{ profile }}", "{{ history }}"),
        "prompts/dgdpo/decide.v1.j2: declares ['item', 'profile', 'traits'] but uses ['history', 'item', 'traits']",
    ),
    "a spec that cannot be read": (
        (DGDPO, "kind: simulation", "kind: simulaton"),
        f"{DGDPO}:3: no spec of kind `simulaton`, did you mean `simulation`?",
    ),
    "knobs that cannot be read": (("params.yaml", "mode: rehearsal", "mode: dress"), "params.yaml:{line}: `mode`: no `dress`"),
}


@pytest.mark.parametrize(("edit", "line"), MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_found_where_it_stands(copy, edit, line):
    number = edited(*edit)
    assert any(line.replace("{line}", str(number)) in said for said in found(copy)), found(copy)


def test_a_mistake_is_reported_once(copy):
    edited(*MISTAKES["no such diagnoser"][0])
    assert len(found(copy)) == 1


def test_mistakes_of_several_files_come_at_once(copy):
    for name in ("no such corpus", "nobody's predictions", "more rounds than test items", "unknown prompt input"):
        edited(*MISTAKES[name][0])
    assert len(found(copy)) == 4


def test_only_the_named_files_are_reported(copy):
    edited(*MISTAKES["no such corpus"][0])
    number = edited(*MISTAKES["nobody's predictions"][0])
    assert [problem.place for problem in problems(copy, [Path(PAPER)])] == [f"{PAPER}:{number}"]
    assert len(problems(copy, [Path("specs")])) == 2
    assert [str(problem) for problem in problems(copy, [Path("specs/none.yaml")])] == ["specs/none.yaml: is not there"]


def test_a_stale_index_is_a_problem(copy):
    Path("specs/index.yaml").unlink()
    assert [str(problem) for problem in problems(copy)] == [
        "specs/index.yaml: is not what the specs say now; run `reproduce sync`"
    ]
    index.sync(Project.here())
    assert problems(copy) == []


def test_a_paid_model_without_a_price_is_a_warning(copy):
    assert warnings(Project.here()) == []
    edited("params.yaml", "mode: rehearsal", "mode: paper")
    assert warnings(Project.here()) == []
    edited("params.yaml", "  gpt-4o-mini-2024-07-18: {input", "  gpt-4o: {input")
    assert warnings(Project.here()) == [
        "params.yaml: no price for `gpt-4o-mini-2024-07-18` under `prices`, so its calls count as free;"
        " add one to see what a run costs"
    ]
