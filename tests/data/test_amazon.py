"""Amazon reviews and metadata of 2018 and 2014, sound and broken."""

import gzip
import json

import pytest

from reproduce.data import prepare, raw, sources
from reproduce.data.catalog import Protocol
from reproduce.data.sources import names
from reproduce.errors import DataError
from reproduce.params import Data

REVIEWS_2018 = [
    {
        "overall": 5.0,
        "reviewerID": "B",
        "asin": "X1",
        "reviewText": "Fine.",
        "summary": "Five Stars",
        "unixReviewTime": 200,
        "vote": "2",
    },
    {"overall": 2.0, "reviewerID": "A", "asin": "X2", "unixReviewTime": 200},
    {"overall": 4.0, "reviewerID": "A", "asin": "X1", "reviewText": "Later in the file.", "unixReviewTime": 200},
    {"overall": 3.0, "reviewerID": "A", "asin": "X1", "reviewText": "Again.", "unixReviewTime": 300},
]
META_2018 = [
    {"asin": "X9", "title": "Nobody reviewed it", "category": ["Books"], "description": []},
    {
        "asin": "X1",
        "title": 'Kite &amp; Co <span class="a-size-medium">',
        "category": ["Movies & TV", "Drama", "Drama", "Art House &amp; International"],
        "description": ["A film.", "<b>Long.</b>"],
        "date": "May 3, 1999",
    },
    {"asin": "X1", "title": "A second row of the same item", "category": [], "description": []},
]


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def read(write, reviews=REVIEWS_2018, meta=META_2018, repeated="first"):
    return sources.load(write("amazon", {"reviews": lines(reviews), **({"meta": lines(meta)} if meta else {})}), repeated)


def test_reviews_of_2018_are_read_with_their_texts_and_ties_keep_the_order_of_the_file(write):
    log = read(write)
    assert log.users["raw_id"].tolist() == ["A", "B"]
    assert log.items["raw_id"].tolist() == ["X1", "X2"]
    assert [tuple(row) for row in log.interactions.to_numpy().tolist()] == [(0, 1, 2, 200), (0, 0, 4, 200), (1, 0, 5, 200)]
    assert tuple(log.reviews) == ("", "Later in the file.", "Fine.")
    assert log.counts["repeated_pairs_dropped"] == 1


def test_metadata_of_2018_are_cleaned_of_html_and_repeated_rows(write):
    items = read(write).items
    assert items["title"].tolist() == ["Kite & Co", "item X2"]
    assert items["genres"].tolist() == [("Drama", "Art House & International"), ()]
    assert items["description"].tolist() == ["A film. Long.", ""]
    assert items["year"][0] == 1999
    assert read(write).counts["items_without_metadata"] == 1


def test_without_metadata_items_are_called_by_their_number(write):
    assert read(write, meta=None).items["title"].tolist() == ["item X1", "item X2"]


def test_metadata_of_2014_are_python_literals_with_paths_of_categories(write):
    meta = "{'asin': 'X1', 'title': \"Winkler's Carol\", 'categories': [['Movies & TV', 'Drama']], 'description': 'Old.'}\n"
    log = sources.load(write("amazon", {"reviews": lines(REVIEWS_2018), "meta": meta}))
    assert log.items.loc[0, ["title", "genres", "description"]].tolist() == ["Winkler's Carol", ("Drama",), "Old."]


def test_a_title_that_is_a_script_counts_as_missing(write):
    meta = [{"asin": "X1", "title": "var aPageStart = (new Date()).getTime();", "category": []}]
    assert read(write, meta=meta).items["title"][0] == "item X1"


def test_texts_can_be_left_out_where_they_do_not_fit_into_memory(write):
    raw = write("amazon", {"reviews": lines(REVIEWS_2018)})
    raw.source = raw.source.model_copy(update={"texts": False})
    assert sources.load(raw).reviews is None


def test_a_plain_file_is_read_like_a_gzipped_one(write):
    raw = write("amazon", {"reviews": lines(REVIEWS_2018)}, names={"reviews": "reviews.json"})
    assert sources.load(raw).counts["rows"] == 4


@pytest.mark.parametrize(
    ("content", "fact"),
    [
        ("", r"reviews.json.gz: is empty"),
        (lines(REVIEWS_2018)[:-9], r"reviews.json.gz:4: is no JSON object \(the line may be cut\)"),
        ("[1, 2]\n", r"reviews.json.gz:1: is no JSON object"),
        (lines([{**REVIEWS_2018[0], "overall": "5.0"}]), r"reviews.json.gz:1: `overall` is missing or of the wrong type"),
        (lines([{**REVIEWS_2018[0], "overall": 0}]), r"reviews.json.gz:1: `overall` must be 1 to 5, not 0"),
        (lines([*REVIEWS_2018, {"overall": 5.0}]), r"reviews.json.gz:5: `reviewerID` is missing"),
        ("userID,asin,rating,time\n", r"reviews.json.gz:1: is no JSON object"),
    ],
)
def test_broken_reviews_are_refused_with_one_line_that_names_theirs(write, content, fact):
    with pytest.raises(DataError, match=fact) as refused:
        sources.load(write("amazon", {"reviews": content}))
    assert "\n" not in str(refused.value)


def test_a_last_line_that_is_whole_needs_no_line_end(write):
    assert sources.load(write("amazon", {"reviews": lines(REVIEWS_2018)[:-1]})).counts["rows"] == 4


def test_a_gzip_that_was_cut_is_refused_when_its_end_is_reached(write):
    whole = gzip.compress(lines(REVIEWS_2018 * 200).encode())
    with pytest.raises(DataError, match=r"reviews.json.gz: ends too early or is damaged"):
        sources.load(write("amazon", {"reviews": whole[:-30]}))


def test_metadata_without_a_number_are_refused(write):
    with pytest.raises(DataError, match=r"meta.json:1: `asin` is missing"):
        read(write, meta=[{"title": "Kite"}])


def many(n=400, users=30, items=20):
    """Rows of which a 5-core keeps some, with repeated pairs and users of very different lengths."""
    return [
        {
            "reviewerID": f"U{(n - at) % (1 + at % users)}",
            "asin": f"{at * at % items:03d}",
            "overall": 1.0 + at % 5,
            "unixReviewTime": 86_400 * (at % 40),
            "reviewText": f"Row {at}.",
        }
        for at in range(n)
    ]


@pytest.mark.parametrize("size", [1, 7, 160, 1 << 20])
def test_a_file_is_the_same_in_blocks_of_any_size(write, monkeypatch, size):
    whole = read(write, many())
    monkeypatch.setattr(raw, "_BLOCK", size)
    blocks = read(write, many())
    assert blocks.interactions.equals(whole.interactions)
    assert (tuple(blocks.reviews), blocks.counts) == (tuple(whole.reviews), whole.counts)


def test_a_broken_line_is_named_wherever_its_block_begins(write, monkeypatch):
    monkeypatch.setattr(raw, "_BLOCK", 100)
    content = lines(REVIEWS_2018) + "\n" + lines(REVIEWS_2018) + "{broken\n"
    with pytest.raises(DataError, match=r"reviews.json.gz:10: is no JSON object"):
        sources.load(write("amazon", {"reviews": content}))


def test_rows_that_only_a_patient_reader_understands_are_read_beside_the_others(write):
    odd = "{'reviewerID': 'C', 'asin': 'X1', 'overall': 3.0, 'unixReviewTime': 5}\n"
    log = read(write)
    more = sources.load(write("amazon", {"reviews": lines(REVIEWS_2018) + odd, "meta": lines(META_2018)}))
    assert more.users["raw_id"].tolist() == [*log.users["raw_id"], "C"]
    assert tuple(more.reviews) == (*log.reviews, "")


def test_half_a_character_of_a_text_can_be_written(write):
    (text,) = read(write, [{**REVIEWS_2018[0], "reviewText": "Fine \ud83d, caf\u00e9."}]).reviews
    assert text == "Fine ?, caf\u00e9."


@pytest.mark.parametrize("repeated", ["first", "last", "keep"])
def test_leaving_rows_out_that_no_core_keeps_changes_no_result(write, repeated):
    protocol, knobs = Protocol(core=5, longest=15, test=3, repeated=repeated), Data()
    whole, part = (
        sources.load(write("amazon", {"reviews": lines(many()), "meta": lines(META_2018)}), repeated, core) for core in (1, 5)
    )
    assert len(part.interactions) < len(whole.interactions)
    assert (part.counts, part.whole) == (whole.counts, whole.whole)
    one, other = (prepare.prepare(log, protocol, knobs) for log in (whole, part))
    assert (one.counts, tuple(one.reviews)) == (other.counts, tuple(other.reviews))
    assert one.users.equals(other.users)
    assert one.items.equals(other.items)
    for column in ("user", "item", "rating", "timestamp", "part"):
        assert (getattr(one, column) == getattr(other, column)).all()


def test_names_are_numbered_in_order_even_where_their_mixed_numbers_collide(monkeypatch):
    given = ["b", "a", "Zoë", "a", "a name of more than eight letters", "", "b"]
    for odd in (names._ODD, (names._ODD[0] * 0,)):
        monkeypatch.setattr(names, "_ODD", odd)
        found = names.Names()
        found.add(given[:3])
        found.add(given[3:])
        different, number = found.numbered()
        assert different == sorted(set(given))
        assert [different[at] for at in number] == given
