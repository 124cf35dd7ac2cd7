"""Texts of the first users, read in a second pass: the same as where all texts are read at once."""

import json
import tracemalloc
from dataclasses import replace

import pytest

from reproduce.data import prepare, raw, sources, texts
from reproduce.data.catalog import Protocol
from reproduce.data.prepared import Dataset
from reproduce.errors import DataError
from reproduce.files import write_json
from reproduce.params import Data

SEED = 42
N = 5


def rows(n=900, users=30, items=12):
    """Everybody rates twice in a row, one item after the other and then again from the first one, some with a text."""
    for at in range(n):
        turn, user = divmod(at, users)
        row = {"reviewerID": f"Ü{user}", "asin": f"{(turn // 2 * 5 + user) % items:03d}", "overall": 1.0 + at % 5}
        yield {**row, "unixReviewTime": 86_400 * (at // 400), **({"reviewText": f"Row {at},\u2028it’s fine."} if at % 7 else {})}


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


ODD = "{'reviewerID': 'Ü0', 'asin': '000', 'overall': 3.0, 'unixReviewTime': 0, 'reviewText': 'A literal.'}\n\n"
CONTENT = lines([*rows()][:450]) + ODD + lines([*rows()][450:])


def both(write, folder, repeated, n=N):
    """Two prepared folders of one file: with all texts, and with those of the first n users."""
    protocol = Protocol(core=3, longest=8, test=2, repeated=repeated)
    for name, setting in (("all", True), ("first", n)):
        given = write("amazon", {"reviews": CONTENT.encode()})
        given.source = given.source.model_copy(update={"texts": setting})
        prepared = prepare.prepare(sources.load(given, repeated, protocol.core), protocol, Data())
        if name == "first":
            assert prepared.reviews is None
            prepared = replace(prepared, reviews=texts.of_first(n, given, prepared, repeated, SEED))
        prepare.write(prepared, folder / name, SEED)
        write_json(folder / name / "dataset.json", {"name": "small", "source": "ours", "sha256": "0" * 64})
    return folder / "all", folder / "first"


@pytest.mark.parametrize("size", [300, 1 << 22])
@pytest.mark.parametrize("repeated", ["first", "last", "keep"])
def test_the_first_users_have_the_texts_that_they_have_where_all_are_read(write, tmp_path, monkeypatch, repeated, size):
    monkeypatch.setattr(raw, "_BLOCK", size)
    whole, first = both(write, tmp_path, repeated)
    chosen = Dataset.load(first).simulated(N)
    assert len(Dataset.load(first).users) > 2 * N
    wanted = [line for line in (whole / "reviews.jsonl").read_bytes().splitlines(True) if json.loads(line)["user"] in chosen]
    assert (first / "reviews.jsonl").read_bytes() == b"".join(wanted)
    assert {json.loads(line)["user"] for line in wanted} == set(chosen)
    for name in ("users.csv", "items.jsonl", "interactions.csv", "order.csv"):
        assert (first / name).read_bytes() == (whole / name).read_bytes()


def test_the_rows_above_hold_what_makes_it_hard():
    """Pairs that come again on the same day with another text, and a first or last of them that has none."""
    said = {}
    for row in rows():
        said.setdefault((row["reviewerID"], row["asin"], row["unixReviewTime"]), []).append(row.get("reviewText"))
    again = [each for each in said.values() if len(each) > 1]
    assert any(each[0] is None for each in again)
    assert any(each[-1] is None for each in again)
    assert any(each[0] and each[-1] for each in again)


def test_more_users_than_there_are_means_all(write, tmp_path):
    whole, first = both(write, tmp_path, "first", n=1_000)
    assert (first / "reviews.jsonl").read_bytes() == (whole / "reviews.jsonl").read_bytes()


def prepared_from(write, content=CONTENT):
    given = write("amazon", {"reviews": content.encode()})
    given.source = given.source.model_copy(update={"texts": N})
    return given, prepare.prepare(sources.load(given, core=3), Protocol(core=3, longest=8, test=2), Data())


def test_a_file_that_changed_since_it_was_first_read_is_refused(write):
    given, prepared = prepared_from(write)
    write("amazon", {"reviews": CONTENT.replace("fine", "bad").encode()})
    with pytest.raises(
        DataError, match=r"reviews.json.gz: is not the file that specs/datasets.yaml pins .*; `reproduce data fetch"
    ):
        texts.of_first(N, given, prepared, "first", SEED)


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        (
            CONTENT.replace('"asin": "004"', '"asin": "0004"'),
            r"reviews.json.gz: no longer holds what `Ü\d+` wrote of `004`; .*again",
        ),
        (CONTENT[:-9], r"reviews.json.gz:902: is no JSON object \(the line may be cut\)"),
        (CONTENT.replace('"overall": 5.0', '"overall": 0'), r"reviews.json.gz:5: `overall` must be 1 to 5, not 0"),
        ("", r"reviews.json.gz: is empty"),
    ],
)
def test_what_the_first_pass_refuses_the_second_refuses_too(write, content, fact):
    _, prepared = prepared_from(write)
    with pytest.raises(DataError, match=fact) as refused:
        texts.of_first(N, write("amazon", {"reviews": content.encode()}), prepared, "first", SEED)
    assert "\n" not in str(refused.value)


def test_memory_holds_a_block_and_the_chosen_texts_however_long_the_file_is(write, monkeypatch):
    """Forty megabytes of texts, of which the chosen users wrote little."""
    monkeypatch.setattr(raw, "_BLOCK", 1 << 16)
    monkeypatch.setattr(raw, "_CHUNK", 1 << 16)
    long = lines({**row, "reviewerID": f"beyond {at % 50}", "reviewText": "Long. " * 2_000} for at, row in enumerate(rows(3_500)))
    given, prepared = prepared_from(write, CONTENT + long)
    chosen = prepare.order(prepared.eligible, SEED)
    n = 1 + next(at for at, user in enumerate(chosen) if prepared.users["raw_id"][user].startswith("Ü"))
    tracemalloc.start()
    found = texts.of_first(n, given, prepared, "first", SEED)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert found
    assert len(long) > 40e6
    assert peak < 3e6
