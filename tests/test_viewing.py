"""One simulated user in the terminal."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from scripted_runs import scripted_project

from reproduce.errors import MissingInput, SpecError
from reproduce.files import read_jsonl, write_json, write_jsonl
from reproduce.project import Project
from reproduce.viewing import show_user, transcripts

RUN = "dgdpo/ml-1m-dgdpo"
USER = 102


@pytest.fixture(scope="module")
def project(tmp_path_factory) -> Project:
    return scripted_project(tmp_path_factory.mktemp("view"), users=4, rounds=3, strategies=("none", "with_gt"))


def said(project: Project, user: int | None, recommender: str = "", strategy: str = "") -> str:
    console = Console(file=io.StringIO(), width=160)
    show_user(project, RUN, user, recommender, strategy, console)
    return console.file.getvalue()


def test_without_a_user_the_users_are_listed(project):
    assert said(project, None).startswith("4 users in ")
    assert said(project, None).rstrip().endswith(": 100, 101, 102, 103")


def test_every_recommender_and_strategy_is_shown_round_by_round(project):
    text = said(project, USER)
    assert text.startswith(f"user {USER}, method ")
    for recommender in ("fpmc", "narm", "sasrec", "lrurec"):
        for strategy in ("none", "with_gt"):
            assert f"{recommender}, strategy {strategy}" in text


def test_the_choice_can_be_narrowed(project):
    text = said(project, USER, "sasrec", "none")
    assert text.count("strategy") == 1
    rows = [line for line in text.splitlines() if line.strip()[:1] in {"1", "2", "3"}]
    assert len(rows) == 3


def test_the_true_item_is_shown_with_its_rank_and_what_was_said(project):
    path = project.build / "runs" / RUN / "transcripts.jsonl"
    first = next(each for each in transcripts(path, USER) if (each.recommender, each.strategy) == ("narm", "none")).rounds[0]
    row = next(line.split() for line in said(project, USER, "narm", "none").splitlines() if line.strip().startswith("1 "))
    assert str(first.truth + 1) in row
    assert ("yes" if first.reaction.verdicts[first.truth].yes else "no") in row


def test_an_absent_user_is_one_line(project):
    with pytest.raises(
        MissingInput, match=r"has no transcript of user 999, sasrec; `reproduce view dgdpo/ml-1m-dgdpo` lists the users$"
    ):
        said(project, 999, "sasrec")


def test_what_is_no_simulation_is_refused(project):
    with pytest.raises(SpecError, match="is a `corpus`, not a `simulation`"):
        show_user(project, "dgdpo/ml-1m-corpus", 1, "", "")


def test_a_method_without_a_written_profile_says_so(project):
    lines = read_jsonl(project.build / "runs" / RUN / "transcripts.jsonl")
    for line in lines:
        line["profile"] = {"text": "", "earlier": []}
        for played in line["rounds"]:
            played["profile"] = ""
    write_jsonl(project.build / "runs" / "dgdpo" / "ml-1m-kuaisim" / "transcripts.jsonl", lines)
    write_json(project.build / "runs" / "dgdpo" / "ml-1m-kuaisim" / "run.json", {"dataset": "ml-1m"})
    console = Console(file=io.StringIO(), width=160)
    show_user(project, "dgdpo/ml-1m-kuaisim", USER, "sasrec", "none", console)
    assert "no written profile" in console.file.getvalue()
