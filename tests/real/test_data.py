"""Loaders and preparation on real files, read from the folder that REPRODUCE_DATASETS names."""

import gzip
import json
import os
import re
import shutil
import zipfile
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
import yaml
from typer.testing import CliRunner

from reproduce.cli import app
from reproduce.data import prepare, report, sources
from reproduce.data.catalog import Catalog, Protocol, RawFile, Source
from reproduce.data.prepared import Dataset
from reproduce.data.raw import RawFiles, checksum
from reproduce.data.sources import anime, yelp
from reproduce.errors import DataError
from reproduce.params import Data
from reproduce.project import Project
from reproduce.stages import preprocess

HERE = os.environ.get("REPRODUCE_DATASETS", "")
pytestmark = [pytest.mark.real, pytest.mark.skipif(not HERE, reason="REPRODUCE_DATASETS is not set")]


def cataloged(name):
    root = Project.root_of()
    return RawFiles(name, Catalog.load(root).source(name), root)


def unlisted(layout, folder, **paths):
    """A source that is in no catalog, pinned as it is."""
    files = {role: RawFile(path=path, sha256=checksum(Path(HERE) / folder / path)) for role, path in paths.items()}
    return RawFiles("unlisted", Source(layout=layout, folder=folder, files=files, terms="-"), Project.root_of())


def sizes(log):
    return len(log.interactions), len(log.users), len(log.items)


def is_sorted(log):
    user, time = (log.interactions[name].to_numpy() for name in ("user", "timestamp"))
    return bool(np.all((np.diff(user) > 0) | ((np.diff(user) == 0) & (np.diff(time) >= 0))))


def test_movielens_100k_is_read_from_its_zip():
    log = sources.load(cataloged("ml-100k"))
    assert sizes(log) == (100_000, 943, 1_682)
    assert is_sorted(log)
    times = log.interactions["timestamp"]
    assert (times.min(), times.max()) == (874_724_710, 893_286_638)
    assert (log.interactions["timestamp"].diff() == 0).sum() > 10_000  # ties are common
    assert log.counts["repeated_pairs_dropped"] == log.counts["items_without_metadata"] == 0
    by_id = log.items.set_index("raw_id")
    assert by_id.loc["1", ["title", "year", "genres"]].tolist() == ["Toy Story", 1995, ("Animation", "Children's", "Comedy")]
    assert by_id.loc["267", "title"] == "unknown"
    assert sum("é" in title for title in by_id["title"]) > 0
    assert log.users.loc[0].to_dict() == {"raw_id": "1", "gender": "M", "age": "24", "occupation": "technician", "zip": "85711"}
    assert Counter(map(len, log.items["genres"]))[1] == 833 - 2  # two have the flag `unknown` alone


def test_ties_are_broken_by_the_row_of_the_file():
    log = sources.load(cataloged("ml-100k"))
    with zipfile.ZipFile(Path(HERE) / "ml-100k" / "ml-100k.zip") as archive:
        rows = [tuple(map(int, line.split(b"\t"))) for line in archive.read("ml-100k/u.data").splitlines()]
    expected = sorted(((user, time, row, item) for row, (user, item, _, time) in enumerate(rows)))
    raw = log.items["raw_id"].astype(int).to_numpy()
    assert raw[log.interactions["item"].to_numpy()].tolist() == [item for *_, item in expected]


def test_movielens_1m_gives_the_counts_of_the_paper():
    raw = cataloged("ml-1m-ranks")
    log = sources.load(raw)
    assert log.counts["rows"] == 1_000_209
    assert log.counts["rows_without_time_dropped"] == 598
    prepared = prepare.prepare(log, Protocol(core=5, longest=200), Data())
    assert prepared.counts["core"] == prepare.Counts(users=6_040, items=3_416, interactions=999_611)
    described = report.describe(prepared, Protocol(core=5, longest=200))
    assert (described["sparsity"], described["mean_length"]) == (95.16, 165.50)
    assert described["parts"]["test"] == 60_400
    assert described["parts"]["valid"] == 6_040
    assert prepared.counts["kept"] == prepared.counts["core"]


def test_ranks_order_each_user_as_the_real_times_do():
    """Users 1-1227 have their times in the file of the first 200,000 ratings; within one second the order is arbitrary."""
    timed = sources.load(unlisted("ml-1m", "ml-1m", ratings="ratings_first200k.dat.gz", movies="movies.dat", users="users.dat"))
    assert sizes(timed) == (200_000, 1_228, 3_463)
    time = {
        (user, item): time
        for user, item, time in zip(*(timed.interactions[name].tolist() for name in ("user", "item", "timestamp")), strict=True)
    }
    ranked = sources.load(cataloged("ml-1m-ranks"))
    item_of = {raw: item for item, raw in enumerate(timed.items["raw_id"])}
    items = ranked.items["raw_id"].map(item_of).to_numpy()
    rows = ranked.interactions[ranked.interactions["user"] < 1_227]
    pairs = zip(rows["user"].tolist(), items[rows["item"].to_numpy()].tolist(), strict=True)
    times = np.array([time[pair] for pair in pairs])
    assert np.all((np.diff(times) >= 0) | (np.diff(rows["user"].to_numpy()) > 0))


def test_the_last_rating_of_each_user_is_read_in_the_1m_layout():
    log = sources.load(unlisted("ml-1m", "ml-1m", ratings="ratings_last_per_user.dat.gz", movies="movies.dat", users="users.dat"))
    assert sizes(log) == (6_040, 6_040, 1_921)
    assert log.users.loc[0].to_dict() == {"raw_id": "1", "gender": "F", "age": "1", "occupation": "10", "zip": "48067"}
    assert log.items["year"].notna().all()


def test_the_csv_layout_of_25m_is_read_with_half_stars_and_items_without_metadata():
    log = sources.load(unlisted("ml-latest", "ml-25m-sample", ratings="ratings.csv.gz", movies="movies_w_keywords.csv.gz"))
    assert sizes(log) == (3_739, 20, 2_118)
    assert log.counts["items_without_metadata"] == 46
    assert 0.5 in set((log.interactions["rating"] % 1).tolist())


def test_gift_cards_of_2018_are_read_with_their_metadata():
    log = sources.load(cataloged("amazon-gift-cards-2018"))
    assert log.counts["rows"] == 2_972
    assert log.counts["repeated_pairs_dropped"] == 7
    assert sizes(log) == (2_965, 458, 148)
    assert log.counts["items_without_metadata"] == 0
    kept = sources.load(cataloged("amazon-gift-cards-2018"), repeated="keep")
    assert sum(map(bool, kept.reviews)) == 2_966
    assert not [title for title in log.items["title"] if "<" in title or "getTime" in title]


@pytest.mark.parametrize(
    ("folder", "name", "rows", "users", "items", "repeated", "texts"),
    [
        ("amazon-2018-all-beauty", "All_Beauty_5.json.gz", 5_269, 991, 85, 1_177, 5_264),
        ("amazon-2018-fashion", "AMAZON_FASHION_5.json.gz", 3_176, 406, 31, 134, 3_160),
        ("amazon-movies-and-tv-slice", "Movies_and_TV_5.slice.json.gz", 999, 934, 11, 0, 999),
    ],
)
def test_reviews_of_2018_and_2014_are_read_without_metadata(folder, name, rows, users, items, repeated, texts):
    log = sources.load(unlisted("amazon", folder, reviews=name), repeated="keep")
    assert sizes(log) == (rows, users, items)
    assert sum(map(bool, log.reviews)) == texts
    assert log.counts["items_without_metadata"] == items
    assert is_sorted(log)
    first = sources.load(unlisted("amazon", folder, reviews=name))
    assert first.counts["repeated_pairs_dropped"] == repeated
    assert len(first.interactions) == rows - repeated


def test_repeated_rows_of_metadata_count_once(tmp_path, monkeypatch):
    name = "meta_Magazine_Subscriptions.json.gz"
    content = (Path(HERE) / "amazon-2018-magazine-meta" / name).read_bytes()
    asins = [json.loads(line)["asin"] for line in gzip.decompress(content).splitlines()]
    assert len(asins) == 3_385
    review = {"reviewerID": "A", "overall": 5.0, "unixReviewTime": 0}
    (tmp_path / name).write_bytes(content)
    (tmp_path / "reviews.json").write_text("".join(json.dumps({**review, "asin": asin}) + "\n" for asin in asins))
    monkeypatch.setenv("REPRODUCE_DATASETS", str(tmp_path))
    pins = {
        role: RawFile(path=path, sha256=checksum(tmp_path / path)) for role, path in (("reviews", "reviews.json"), ("meta", name))
    }
    log = sources.load(RawFiles("magazines", Source(layout="amazon", folder=".", files=pins, terms="-"), tmp_path))
    assert len(log.items) == 2_320
    assert log.counts["items_without_metadata"] == 0
    assert not [title for title in log.items["title"] if "<" in title]


def test_movielens_100k_is_prepared_as_the_paper_prepares_1m():
    prepared = prepare.prepare(sources.load(cataloged("ml-100k")), Protocol(core=5, longest=200), Data())
    core = prepared.counts["core"]
    assert (core.users, core.items, core.interactions) == (943, 1_349, 99_287)
    assert len(prepared.users) == 943


SLICES = {
    "amazon-gift-cards-2018": (2_972, 2_966, 7, 458, 148, 0),
    "amazon-all-beauty-2018": (5_269, 5_264, 1_177, 991, 85, 85),
    "amazon-fashion-2018": (3_176, 3_160, 134, 406, 31, 31),
    "amazon-movies-tv-2014-slice": (999, 999, 0, 934, 11, 11),
}
"""Rows, rows with a text, repeated pairs, users, items, items without metadata, as counted by others."""


def test_the_data_report_of_the_amazon_slices_shows_what_they_hold():
    counted = ("rows", "rows with a text", "repeated pairs dropped", "users", "items", "items without metadata")
    protocol = Protocol(core=5, longest=50)
    for name, expected in SLICES.items():
        found = report.survey(sources.load(cataloged(name), core=5), protocol)
        assert tuple(found[row] for row in counted) == expected
        assert found["interactions"] == expected[0] - expected[2]
        assert found["5-core: items without metadata"] == (found["5-core: items"] if expected[-1] else 0)
    told = CliRunner().invoke(app, ["data", "report", *SLICES]).output
    print(told)
    cells = {row: found for row, *found in (re.split(r"\s{2,}", line.strip()) for line in told.splitlines())}
    assert [cells[row][0] for row in counted] == ["2,972", "2,966", "7", "458", "148", "0"]
    assert cells["5-core: users"] == ["453", "137", "374", "0"]


def test_the_slice_of_yelp_is_read_as_counted():
    """The two slices share no business: all have no metadata, and a filter leaves nothing."""
    log = sources.load(cataloged("yelp-slice"))
    assert log.counts["rows"] == log.counts["rows_with_text"] == 3_610
    assert log.counts["repeated_pairs_dropped"] == 1
    assert sizes(log) == (3_609, 3_494, 2_219)
    assert log.counts["items_without_metadata"] == 2_219
    assert is_sorted(log)
    times = log.interactions["timestamp"].agg(["min", "max"]).to_numpy().astype("datetime64[s]")
    assert times.astype("datetime64[Y]").astype(str).tolist() == ["2004", "2018"]
    raw = cataloged("yelp-slice")
    raw.source = raw.source.model_copy(update={"keep": {"state": "MO"}})
    with pytest.raises(DataError, match="no review is of a business that `keep` leaves"):
        sources.load(raw)


def test_businesses_of_yelp_are_told_in_readable_attributes():
    raw = cataloged("yelp-slice")
    kept = yelp._businesses(raw).kept
    assert len(kept) == 200
    told = [card.description for card in kept.values()]
    assert sum(map(bool, told)) > 150
    assert not [text for text in told if "u'" in text or "{" in text or "True" in text or "None" in text]
    assert any("WiFi: free" in text for text in told)
    assert all(card.title for card in kept.values())
    assert sum(bool(card.genres) for card in kept.values()) >= 199
    assert not [genre for card in kept.values() for genre in card.genres if "," in genre]


@pytest.mark.parametrize(("table", "described", "without"), [(None, 199, 0), ("anime/anime.csv.gz", 113, 86)])
def test_a_scrape_of_anime_is_read_as_counted(table, described, without):
    """With its own table of anime, and with that of Kaggle."""
    raw = cataloged("anime-scrape-2022")
    if table:
        paths = {"ratings": "anime/mal_scrape_2022/rating.csv.gz", "anime": table}
        raw = unlisted("anime", ".", **paths)
    log = sources.load(raw)
    assert log.counts["rows"] == 74_400
    assert log.counts["rows_not_rated_dropped"] == 41_615
    assert len(log.users) + log.counts["users_without_rating_dropped"] == 36_085
    assert sizes(log) == (32_043, 16_835, 199)
    assert (log.items["known"].sum(), log.counts["items_without_metadata"]) == (described, without)
    assert set(log.interactions["rating"]) == set(range(1, 11))
    assert not [title for title in log.items["title"] if title.startswith("b'") or "&#" in title]
    assert not [genre for genres in log.items["genres"] for genre in genres if "[" in genre or "'" in genre]


def test_all_twelve_thousand_anime_of_kaggle_are_read():
    raw = unlisted("anime", "anime", ratings="mal_scrape_2022/rating.csv.gz", anime="anime.csv.gz")
    known = anime._anime(*raw.read("anime"))
    assert len(known) == 12_294
    assert known[32_281].genres == ("Drama", "Romance", "School", "Supernatural")
    assert known[9_969].title == "Gintama'"
    assert sum(not card.genres for card in known.values()) == 62


@pytest.mark.parametrize("liked_from", [6, 3])
def test_the_threshold_on_ten_points_decides_how_much_there_is_to_dislike(liked_from):
    """LG-D1: to the letter (3), hardly anything is disliked."""
    protocol = Protocol(core=1, longest=100_000, test=1, short="train", liked_from=liked_from)
    prepared = prepare.prepare(sources.load(cataloged("anime-scrape-2022")), protocol, Data())
    described = report.describe(prepared, protocol)
    assert described["liked"] + described["disliked"] == 32_043
    assert described["disliked"] == {6: 722, 3: 110}[liked_from]
    assert described["users_with_episodes"] + described["users_trained_on_only"] == 16_835
    assert described["users_with_episodes"] == described["parts"]["test"] == described["parts"]["valid"]


@pytest.mark.parametrize(
    ("key", "source"),
    [("yelp", "yelp-slice"), ("anime", "anime-scrape-2022"), ("amazon-music", "amazon-gift-cards-2018")],
)
def test_the_ensembles_data_sets_go_through_preprocessing_on_real_rows(tmp_path, key, source):
    here = Project.root_of()
    shutil.copytree(here / "specs", tmp_path / "specs")
    knobs = yaml.safe_load((here / "params.yaml").read_text())
    knobs["mode"], knobs["rehearsal"]["sources"] = "rehearsal", {key: source}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(knobs))
    project = Project.here(tmp_path)
    preprocess.run(project, key)
    folder = project.build / "data" / key
    dataset, described = Dataset.load(folder), json.loads((folder / "report.json").read_text())
    assert described["counts"]["core"] == described["counts"]["kept"] == described["counts"]["source"]
    assert described["counts"]["core"]["interactions"] == len(dataset.interactions)
    assert described["users_with_episodes"] == len(dataset.order)
    assert described["liked"] == dataset.labels.sum()
    lengths = Counter(dataset.interactions["user"].tolist())
    assert set(dataset.order) == {user for user, length in lengths.items() if length >= 3}
    for user in dataset.order[:20]:
        assert len(dataset.train(user)) == lengths[user] - 2
    reviews = list(dataset.train_reviews())
    assert bool(reviews) == (key != "anime")
    trained = {(user, row.item): row.rating for user in lengths for row in dataset.train(user)}
    assert all(trained[user, item] == rating for user, item, rating, _ in reviews)


@pytest.mark.parametrize(
    ("source", "users", "items"),
    [("amazon-gift-cards-2018", 453, 147), ("amazon-all-beauty-2018", 137, 24), ("amazon-fashion-2018", 374, 8)],
)
def test_an_amazon_slice_goes_through_preprocessing(tmp_path, monkeypatch, source, users, items):
    here = Project.root_of()
    shutil.copytree(here / "specs", tmp_path / "specs")
    knobs, catalog = (yaml.safe_load((here / name).read_text()) for name in ("params.yaml", "specs/datasets.yaml"))
    knobs["mode"], knobs["rehearsal"]["sources"] = "rehearsal", {"books": source}
    catalog["datasets"]["books"] = {"core": 5, "longest": 50, "test": 2}
    (tmp_path / "params.yaml").write_text(yaml.safe_dump(knobs))
    (tmp_path / "specs" / "datasets.yaml").write_text(yaml.safe_dump(catalog))
    project = Project.here(tmp_path)
    preprocess.run(project, "books")
    folder = project.build / "data" / "books"
    dataset, sizes = Dataset.load(folder), json.loads((folder / "report.json").read_text())
    assert sizes["counts"]["core"] == {"users": users, "items": items, "interactions": len(dataset.interactions)}
    assert sizes["items_without_metadata"] == (0 if source == "amazon-gift-cards-2018" else items)
    for user in dataset.simulated(20):
        assert len(dataset.train(user)) >= 2
        assert len(dataset.test(user)) == 2
        assert dataset.reviews(user)
