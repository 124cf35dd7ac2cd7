"""Transcripts as script files: blocks of users, what stands in them, and that nothing depends on luck."""

from __future__ import annotations

import base64
import json
import re
import zlib

import pytest
from scripted_runs import scripted_project

from reproduce.files import read_jsonl, write_jsonl
from reproduce.interaction.transcript import Change, Profile, Reaction, Round, Transcript, Verdict
from reproduce.report.packing import packed, script
from reproduce.report.transcripts import USERS_PER_BLOCK, compact, mark, tell
from reproduce.results.runs import Run, load

USERS = USERS_PER_BLOCK + 2


@pytest.fixture(scope="module")
def run(tmp_path_factory) -> Run:
    project = scripted_project(tmp_path_factory.mktemp("checkout"), users=USERS, rounds=2, samples=15)
    return load(project.build / "runs", ["dgdpo/ml-1m-dgdpo"])["dgdpo/ml-1m-dgdpo"]


@pytest.fixture(scope="module")
def told(run):
    chunks = {}
    return tell(run, "data", lambda chunk: chunks.update({chunk.name: chunk.text})), chunks


def unpacked(text):
    return json.loads(zlib.decompress(base64.b64decode(re.search(r'", "([^"]*)"\)', text)[1])))


def test_every_recommender_has_an_overview_and_blocks_of_users(told):
    about, chunks = told
    assert about.users == list(range(100, 100 + USERS))
    assert about.recommenders == ["fpmc", "lrurec", "narm", "sasrec"]
    names = {f"data/dgdpo-ml-1m-dgdpo/{name}-none{part}" for name in about.recommenders for part in ("", "-0", "-1")}
    assert set(chunks) == names
    first, second = (unpacked(chunks[f"data/dgdpo-ml-1m-dgdpo/sasrec-none-{block}"]) for block in (0, 1))
    assert list(first["users"]) == [str(user) for user in range(100, 100 + USERS_PER_BLOCK)]
    assert list(second["users"]) == [str(100 + USERS_PER_BLOCK), str(101 + USERS_PER_BLOCK)]


def test_a_block_says_what_the_transcripts_say(told, run):
    _, chunks = told
    block = unpacked(chunks["data/dgdpo-ml-1m-dgdpo/narm-none-1"])
    for transcript in run.transcripts():
        if transcript.recommender == "narm" and str(transcript.user) in block["users"]:
            shown = block["users"][str(transcript.user)]
            for ours, played in zip(shown["rounds"], transcript.rounds, strict=True):
                assert [block["reasons"][place] for place in ours["reasons"]] == [v.reason for v in played.reaction.verdicts]
                assert ours["yes"] == "".join("01"[v.yes] for v in played.reaction.verdicts)
                assert (ours["shown"], ours["truth"]) == (list(played.shown), played.truth)
                assert shown["versions"][ours["version"]] == played.profile


def test_items_of_a_block_are_all_that_it_names(told, run):
    about, _ = told
    named = {item for each in run.transcripts() for played in each.rounds for item in played.shown}
    assert named <= about.items[0] | about.items[1]
    assert set(about.truths) == set(about.users)


def test_users_out_of_order_are_refused(run, tmp_path):
    lines = read_jsonl(run.folder / "transcripts.jsonl")
    write_jsonl(tmp_path / "transcripts.jsonl", reversed(lines))
    with pytest.raises(ValueError, match="comes after user"):
        tell(Run(run.key, tmp_path, run.about), "data", lambda chunk: None)


def played(number=1, yes=(True, False), selected=0, status="strict", profile="b") -> Round:
    verdicts = tuple(Verdict(yes=each, reason="r") for each in yes)
    reaction = Reaction(verdicts=verdicts, selected=selected, status=status, raw="the reply")
    return Round(round=number, shown=(7, 8), scores=(1.0, 0.5), truth=0, reaction=reaction, profile=profile)


def transcript(rounds, earlier, last) -> Transcript:
    profile = Profile(text=last, earlier=tuple(Change(text=text, by=by, why="w") for text, by in earlier))
    return Transcript(user=1, method="m", recommender="r", strategy="with_gt", history=(1,), rounds=rounds, profile=profile)


@pytest.mark.parametrize(
    ("given", "letter"),
    [
        ({}, "T"),
        ({"yes": (True, True), "selected": 1}, "O"),
        ({"yes": (False, True), "selected": 1}, "o"),
        ({"yes": (False, False), "selected": None}, "n"),
        ({"yes": (False, False), "selected": None, "status": "fallback"}, "x"),
    ],
)
def test_a_round_is_a_letter(given, letter):
    assert mark(played(**given)) == letter


def test_rounds_point_to_the_version_in_force_even_where_a_text_comes_back():
    earlier = [("a", "treatment"), ("b", "update"), ("c", "update")]
    rounds = tuple(played(number, profile=text) for number, text in enumerate(("b", "c", "b"), start=1))
    found = compact(transcript(rounds, earlier, "b"), {})
    assert found["versions"] == ["a", "b", "c", "b"]
    assert [each["version"] for each in found["rounds"]] == [1, 2, 3]
    assert found["changes"] == [["treatment", "w"], ["update", "w"], ["update", "w"]]


def test_a_profile_that_is_no_version_is_shown_all_the_same():
    found = compact(transcript((played(profile="other"),), [], "b"), {})
    assert found["versions"][found["rounds"][0]["version"]] == "other"


def test_a_reply_is_kept_where_it_was_not_read_strictly():
    found = compact(transcript((played(), played(2, status="lenient")), [("a", "treatment")], "b"), {})
    assert ["raw" in each for each in found["rounds"]] == [False, True]


def test_a_line_separator_does_not_break_a_script():
    assert "\u2028" not in script("x", {"a": "b\u2028c"}).text
    assert unpacked(packed("x", {"a": "b\u2028c"}).text) == {"a": "b\u2028c"}
