"""Filtering, splitting and describing a log; writing and loading the result."""

import json
from dataclasses import replace

import numpy as np
import pytest

from reproduce.data import prepare, report
from reproduce.data import prepared as prepared_module
from reproduce.data.catalog import Protocol
from reproduce.data.log import About, InteractionLog, Rows
from reproduce.data.negatives import negatives
from reproduce.data.prepared import Dataset, Interaction, Item
from reproduce.errors import DataError, MissingInput
from reproduce.files import write_json
from reproduce.params import Data
from reproduce.yaml_files import read

PROTOCOL = Protocol(core=2, longest=6, test=2)
KNOBS = Data()


def log(lengths=(8, 5, 4), n_items=8, reviews=False):
    """User u rates items 0, 1, 2, ... in order of time, with rating 1 + (item + u) % 5."""
    rows = [(10 + user, 100 + item, 1 + (item + user) % 5, item) for user, length in enumerate(lengths) for item in range(length)]
    user, item, rating, time = (np.array(column) for column in zip(*rows, strict=True))
    texts = [f"{u} on {i}" if i % 2 else "" for u, i, *_ in rows] if reviews else None
    items = {100 + number: About(f"Film {number}", 1990 + number if number else None, ("War",), "") for number in range(n_items)}
    return InteractionLog.build(Rows(user, item, rating.astype(float), time, texts), items, {10: {"age": "025"}}, "first")


def written(folder, prepared):
    prepare.write(prepared, folder, seed=42)
    write_json(folder / "dataset.json", {"name": "small", "source": "ours", "sha256": "0" * 64})
    return Dataset.load(folder)


def test_a_small_log_is_prepared_as_done_by_hand():
    """Items 5..7 have one rating and go; then the users have 5, 5 and 4 left, the last of which trains on one row only."""
    prepared = prepare.prepare(log(), PROTOCOL, KNOBS)
    assert prepared.users["raw_id"].tolist() == ["10", "11"]
    assert prepared.items["raw_id"].tolist() == ["100", "101", "102", "103", "104"]
    assert prepared.item.tolist() == [0, 1, 2, 3, 4] * 2
    assert prepared.part.tolist() == [1, 1, 2, 3, 3] * 2
    assert prepared.counts["source"] == prepare.Counts(users=3, items=8, interactions=17)
    assert prepared.counts["core"] == prepare.Counts(users=3, items=5, interactions=14)
    assert prepared.counts["kept"] == prepare.Counts(users=2, items=5, interactions=10)
    assert prepared.items["train_count"].tolist() == [2, 2, 0, 0, 0]
    assert prepared.items["train_mean"].tolist()[:2] == [1.5, 2.5]


def test_statistics_may_be_of_all_rows_as_in_agent4rec():
    prepared = prepare.prepare(log(), PROTOCOL, KNOBS.model_copy(update={"statistics": "all"}))
    assert prepared.items["train_mean"].tolist() == [1.5, 2.5, 3.5, 4.5, 3.0]


def test_test_ratings_do_not_change_what_a_prompt_may_show():
    """dgdpo.md, acceptance check 6: other ratings after D_u, same statistics."""
    one = log()
    ratings = one.interactions["rating"].to_numpy().copy()
    time = one.interactions["timestamp"].to_numpy()
    other = replace(one, interactions=one.interactions.assign(rating=np.where(time >= 2, 6 - ratings, ratings)))
    items = [prepare.prepare(each, PROTOCOL, KNOBS).items for each in (one, other)]
    assert items[0].equals(items[1])
    everything = KNOBS.model_copy(update={"statistics": "all"})
    assert not prepare.prepare(one, PROTOCOL, everything).items.equals(prepare.prepare(other, PROTOCOL, everything).items)


def test_nobody_left_is_an_error_that_says_what_to_change():
    with pytest.raises(DataError, match=r"no user is left: after the 2-core nobody has 13 interactions; lower `core` or `test`"):
        prepare.prepare(log(), Protocol(core=2, longest=20), KNOBS)


LUS = Protocol(core=1, longest=100_000, test=1, short="train", liked_from=3)


def test_short_users_stay_in_the_counts_and_are_trained_on_and_no_episode_starts_with_them(tmp_path):
    prepared = prepare.prepare(log((4, 2, 3, 1), reviews=True), LUS, KNOBS)
    whole = prepare.Counts(users=4, items=4, interactions=10)
    assert (prepared.counts["source"], prepared.counts["core"], prepared.counts["kept"]) == (whole, whole, whole)
    assert prepared.eligible.tolist() == [True, False, True, False]
    dataset = written(tmp_path, prepared)
    assert set(dataset.order) == {0, 2}
    assert [len(dataset.train(user)) for user in range(4)] == [2, 2, 1, 1]
    assert [len(dataset.valid(user)) for user in range(4)] == [1, 0, 1, 0]
    assert [len(dataset.test(user)) for user in range(4)] == [1, 0, 1, 0]
    sizes = report.describe(prepared, LUS)
    assert (sizes["users_with_episodes"], sizes["users_trained_on_only"]) == (2, 2)
    assert sizes["liked"] + sizes["disliked"] == 10
    assert sizes["sparsity"] == round(100 * (1 - 10 / 16), 2)


def test_nobody_with_three_parts_is_an_error_although_rows_are_left():
    with pytest.raises(DataError, match=r"no user is left: after the 1-core nobody has 3 interactions; lower"):
        prepare.prepare(log((2, 1, 2)), LUS, KNOBS)


@pytest.mark.parametrize(("liked_from", "liked"), [(1, 10), (3, 7), (6, 0)])
def test_a_label_says_whether_the_rating_reaches_the_threshold(tmp_path, liked_from, liked):
    """All liked and nothing liked are data, too."""
    protocol = LUS.model_copy(update={"liked_from": float(liked_from)})
    prepare.write(prepare.prepare(log((4, 2, 3, 1)), protocol, KNOBS), tmp_path, seed=42)
    about = {"name": "small", "source": "ours", "sha256": "0" * 64, "protocol": protocol.model_dump()}
    write_json(tmp_path / "dataset.json", about)
    dataset = Dataset.load(tmp_path)
    assert dataset.liked_from == liked_from
    assert dataset.labels.dtype == np.int8
    assert dataset.labels.tolist() == (dataset.interactions["rating"] >= liked_from).astype(int).tolist()
    assert dataset.labels.sum() == liked
    with pytest.raises(ValueError, match="read-only"):
        dataset.labels[0] = 1


def test_protocols_that_were_there_before_are_written_as_before():
    """`dataset.json` of DGDPO's data sets keeps its bytes, and its readers know the default."""
    assert Protocol(core=5, longest=200).model_dump() == {"core": 5, "longest": 200, "test": 10, "repeated": "first"}
    assert LUS.model_copy(update={"liked_from": 6.0}).model_dump()["liked_from"] == 6
    assert LUS.model_dump()["short"] == "train"
    assert Protocol(**LUS.model_dump()) == LUS
    assert Protocol.model_fields["liked_from"].default == prepared_module.LIKED_FROM


@pytest.mark.parametrize("repeated", ["first", "keep"])
def test_training_reviews_are_those_of_training_rows_in_the_order_of_the_file(tmp_path, repeated):
    """Every pair twice where all are kept, and texts on some rows only (LG-D3)."""
    n = 12
    user, item = np.repeat([0, 1, 2], n), np.tile((np.arange(n) + 1) // 2 * 3 % 10, 3)
    rating, time = np.arange(3 * n) % 5 + 1, np.tile(np.arange(n), 3)
    texts = [f"row {row}" if row % 3 else "" for row in range(3 * n)]
    whole = InteractionLog.build(Rows(user, item, rating.astype(float), time, texts), {}, {}, repeated)
    dataset = written(tmp_path, prepare.prepare(whole, LUS.model_copy(update={"repeated": repeated}), KNOBS))
    columns = (dataset.interactions[name].tolist() for name in ("user", "item", "rating", "part"))
    table = list(zip(*columns, tuple(whole.reviews), strict=True))
    expected = [(u, i, r, text) for u, i, r, part, text in table if text and part == "train"]
    found = list(dataset.train_reviews())
    assert expected
    if repeated == "first":
        assert found == expected
    assert {text for *_, text in found} <= {text for *_, text in expected}
    assert [text for *_, text in found] == sorted((text for *_, text in found), key=lambda text: int(text.split()[1]))


def test_reviews_of_another_data_set_are_refused(tmp_path):
    dataset = written(tmp_path, prepare.prepare(log((4, 3), reviews=True), LUS, KNOBS))
    (tmp_path / "reviews.jsonl").write_text('{"item": 3, "text": "x", "user": 1}\n')
    with pytest.raises(MissingInput, match=r"user 1, item 3 is no row of interactions.csv; `dvc repro` builds both"):
        list(dataset.train_reviews())


def test_a_data_set_without_texts_has_no_training_reviews(tmp_path):
    assert list(written(tmp_path, prepare.prepare(log((4, 3)), LUS, KNOBS)).train_reviews()) == []


def test_sparsity_never_says_that_nothing_is_filled():
    """Table 1 of LUS prints 99.99 for Digital Music, which is 99.998."""
    assert report.sparsity(125_627, 65_019, 162_261) == 99.998
    assert report.sparsity(15_081, 10_186, 228_000) == 99.85
    assert report.sparsity(10**6, 10**6, 1) < 100
    assert report.sparsity(2, 2, 4) == 0


def test_the_order_of_users_depends_on_the_seed_alone():
    everybody = np.ones(50, bool)
    assert sorted(prepare.order(everybody, 1)) == list(range(50))
    assert prepare.order(everybody, 1) == prepare.order(everybody, 1) != prepare.order(everybody, 2)
    some = np.arange(50) % 3 == 0
    assert prepare.order(some, 1) == [user for user in prepare.order(everybody, 1) if some[user]]


def test_what_is_written_is_read_back(tmp_path):
    dataset = written(tmp_path, prepare.prepare(log(reviews=True), PROTOCOL, KNOBS))
    assert dataset.train(0) == (Interaction(0, 1.0, 0), Interaction(1, 2.0, 1))
    assert dataset.valid(1) == (Interaction(2, 4.0, 2),)
    assert dataset.test(1) == (Interaction(3, 5.0, 3), Interaction(4, 1.0, 4))
    assert dataset.item(0) == Item(0, "Film 0", ("War",), 1.5, None, "")
    assert dataset.item(4) == Item(4, "Film 4", ("War",), None, 1994, "")
    assert dataset.seen(1) == frozenset(range(5))
    assert dataset.users["age"].tolist() == ["025", ""]
    assert sorted(dataset.order) == [0, 1] == list(dataset.simulated(2))
    reviews = [json.loads(line) for line in (tmp_path / "reviews.jsonl").read_text().splitlines()]
    assert reviews[0] == {"user": 0, "item": 1, "text": "10 on 101"}
    assert len(reviews) == 4


def test_an_older_item_is_seen_but_neither_trained_nor_tested(tmp_path):
    dataset = written(tmp_path, prepare.prepare(log((8, 8), 8), Protocol(core=2, longest=5, test=2), KNOBS))
    assert [row.item for row in dataset.train(0)] == [3, 4]
    assert dataset.seen(0) == frozenset(range(8))


def test_the_same_log_gives_the_same_bytes(tmp_path):
    for name in ("one", "two"):
        prepare.write(prepare.prepare(log(reviews=True), PROTOCOL, KNOBS), tmp_path / name, seed=42)
    files = sorted(path.name for path in (tmp_path / "one").iterdir())
    assert files == ["interactions.csv", "items.jsonl", "order.csv", "reviews.jsonl", "users.csv"]
    assert all((tmp_path / "one" / name).read_bytes() == (tmp_path / "two" / name).read_bytes() for name in files)
    assert (tmp_path / "one" / "interactions.csv").read_text().splitlines()[:2] == [
        "user,item,rating,timestamp,part",
        "0,0,1.0,0,train",
    ]


def test_a_data_set_that_was_not_prepared_says_what_builds_it(tmp_path):
    with pytest.raises(MissingInput, match="`dvc repro` builds it"):
        Dataset.load(tmp_path)
    written(tmp_path, prepare.prepare(log(), PROTOCOL, KNOBS))
    (tmp_path / "order.csv").unlink()
    with pytest.raises(MissingInput, match=r"order.csv.*`dvc repro` builds it"):
        Dataset.load(tmp_path)


def test_negatives_are_unseen_different_and_fixed_by_user_and_round(tmp_path):
    wide = InteractionLog.build(
        Rows(
            np.repeat(np.arange(12), 8),
            np.concatenate([np.roll(np.arange(12), -user)[:8] for user in range(12)]),
            np.full(96, 4.0),
            np.tile(np.arange(8), 12),
        ),
        {},
        {},
    )
    dataset = written(tmp_path, prepare.prepare(wide, Protocol(core=2, longest=8, test=2), KNOBS))
    drawn = {(user, round): negatives(dataset, 42, user, round, 3) for user in range(12) for round in range(1, 6)}
    for (user, round), items in drawn.items():
        assert len(set(items)) == 3
        assert not set(items) & dataset.seen(user)
        assert negatives(dataset, 42, user, round, 3) == items
    assert len(set(drawn.values())) > 20
    assert set(negatives(dataset, 42, 0, 1, 4)) == set(range(12)) - dataset.seen(0)
    with pytest.raises(ValueError, match="user 0 has not interacted with 4 of 12 items; 5 negatives are asked for"):
        negatives(dataset, 42, 0, 1, 5)


def test_every_unseen_item_is_equally_likely_as_a_negative(tmp_path):
    dataset = written(tmp_path, prepare.prepare(log((5, 5, 16, 16), 16), PROTOCOL, KNOBS))
    drawn = np.bincount([item for round in range(600) for item in negatives(dataset, 1, 0, round, 2)], minlength=16)
    unseen = [item for item in range(16) if item not in dataset.seen(0)]
    assert drawn.sum() == drawn[unseen].sum() == 1200
    assert drawn[unseen].min() > 0.6 * 1200 / len(unseen)


def test_the_report_describes_the_log_as_papers_do():
    sizes = report.describe(prepare.prepare(log(), PROTOCOL, KNOBS), PROTOCOL)
    assert sizes["mean_length"] == round(14 / 3, 2)
    assert sizes["sparsity"] == round(100 * (1 - 14 / 15), 2)
    assert sizes["parts"] == {"older": 0, "train": 4, "valid": 2, "test": 4}
    assert sizes["ratings"] == {"1": 2, "2": 2, "3": 2, "4": 2, "5": 2}


def test_a_survey_tells_what_a_source_holds_and_what_a_core_leaves_of_it():
    found = report.survey(log(n_items=7), Protocol(core=2, longest=6, test=1))
    assert (found["rows"], found["users"], found["items"], found["interactions"]) == (17, 3, 8, 17)
    assert (found["items without metadata"], found["rows with a text"]) == (1, None)
    assert (found["2-core: users"], found["2-core: items"], found["2-core: interactions"]) == (3, 5, 14)
    assert found["2-core: users with 4 interactions"] == 3
    assert found["2-core: sparsity in %"] == round(100 * (1 - 14 / 15), 2)


def test_a_survey_of_a_core_that_leaves_nothing_says_so():
    found = report.survey(log(), Protocol(core=9, longest=20))
    assert (found["9-core: users"], found["9-core: items"], found["9-core: interactions per user"]) == (0, 0, None)
    assert found["users"] == 3


def test_items_that_the_source_does_not_describe_are_counted():
    sizes = report.describe(prepare.prepare(log(n_items=3), PROTOCOL, KNOBS), PROTOCOL)
    assert (sizes["items_without_metadata"], sizes["items_without_genres"]) == (2, 2)


def test_the_impossible_mean_length_of_table_1_is_flagged_and_nothing_else():
    from reproduce.paper import Paper
    from reproduce.project import Project

    paper = read(Project.root_of() / "specs" / "dgdpo" / "paper.yaml", Paper)
    for dataset, longest in (("ml-1m", 200), ("books", 50), ("movies-tv", 50)):
        printed = {cell.metric: cell.printed for cell in paper.cells("T1") if cell.dataset == dataset}
        found = report.contradictions(printed, longest)
        assert list(found) == ["avg_sequence_length"]
    printed = {"users": 6040, "items": 3416, "interactions": 999611, "avg_sequence_length": 198.41, "sparsity": 95.16}
    fact = report.contradictions(printed, 200)["avg_sequence_length"]
    assert fact == "198.41 is not 999,611 / 6,040 = 165.50, and cutting to the last 200 only makes sequences shorter"
    assert not report.contradictions({**printed, "avg_sequence_length": 165.5}, 200)
    assert list(report.contradictions({**printed, "avg_sequence_length": 165.5, "sparsity": 99.0}, 200)) == ["sparsity"]
