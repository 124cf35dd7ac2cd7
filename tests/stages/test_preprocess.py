"""Stage `preprocess` on the embedded town."""

import json
import re
import shutil

import pytest
import yaml
from typer.testing import CliRunner

from reproduce.cli import app
from reproduce.data import embedded
from reproduce.data.prepared import Dataset
from reproduce.errors import DataError, SpecError
from reproduce.project import Project
from reproduce.stages import preprocess


@pytest.fixture(scope="module")
def checkout(tmp_path_factory):
    root = tmp_path_factory.mktemp("checkout")
    here = Project.root_of()
    shutil.copy(here / "params.yaml", root)
    shutil.copytree(here / "specs", root / "specs")
    embedded.write(root)
    return root


def project(root, **sources):
    knobs = yaml.safe_load((root / "params.yaml").read_text())
    knobs["mode"] = "rehearsal"
    knobs["rehearsal"]["sources"] = {"ml-1m": "town", **sources}
    (root / "params.yaml").write_text(yaml.safe_dump(knobs))
    return Project.here(root)


def outputs(root):
    return {path.name: path.read_bytes() for path in sorted((root / "build" / "rehearsal" / "data" / "ml-1m").iterdir())}


def test_the_town_is_prepared_twice_with_the_same_bytes(checkout, capsys):
    preprocess.run(project(checkout), "ml-1m")
    first = outputs(checkout)
    (checkout / "build" / "rehearsal" / "data" / "ml-1m" / "left-over.txt").write_text("of an older version")
    preprocess.run(project(checkout), "ml-1m")
    assert outputs(checkout) == first
    assert [*first] == [
        "dataset.json", "interactions.csv", "items.jsonl", "order.csv", "planted.jsonl", "report.json", "users.csv"
    ]  # fmt: skip
    shown = capsys.readouterr().out
    assert "ml-1m, read from town" in shown
    assert "198.41 is not 999,611 / 6,040 = 165.50" in shown


def test_everybody_in_the_town_can_be_simulated(checkout):
    preprocess.run(project(checkout), "ml-1m")
    dataset = Dataset.load(checkout / "build" / "rehearsal" / "data" / "ml-1m")
    assert (dataset.name, dataset.source, len(dataset.users), len(dataset.items)) == ("ml-1m", "town", 600, 500)
    for user in range(600):
        assert len(dataset.train(user)) >= 9
        assert len(dataset.valid(user)) == 1
        assert len(dataset.test(user)) == 10


def test_planted_tastes_go_with_the_users_that_stay(checkout):
    preprocess.run(project(checkout, **{"ml-1m": "town-amazon"}), "ml-1m")
    folder = checkout / "build" / "rehearsal" / "data" / "ml-1m"
    planted = [json.loads(line) for line in (folder / "planted.jsonl").read_text().splitlines()]
    raw = [json.loads(line) for line in (checkout / "data" / "town" / "tastes.jsonl").read_text().splitlines()]
    known = {row["reviewer"]: row for row in raw if row["reviewer"]}
    dataset = Dataset.load(folder)
    assert len(planted) == len(dataset.users) == 200
    for row, raw_id in zip(planted, dataset.users["raw_id"], strict=True):
        assert row["likes"] == known[raw_id]["likes"]
        assert set(row) == {"user", "likes", "dislikes", "aspects", "pickiness", "drift"}
    assert (folder / "reviews.jsonl").is_file()
    assert dataset.item(0).description.startswith(("A ", "An "))


def test_a_source_may_give_the_texts_of_the_first_users_alone(checkout, tmp_path):
    preprocess.run(project(checkout, books="town-books"), "books")
    whole = checkout / "build" / "rehearsal" / "data" / "books"
    shutil.copytree(checkout, tmp_path / "few", ignore=shutil.ignore_patterns("build"))
    catalog = yaml.safe_load((checkout / "specs" / "datasets.yaml").read_text())
    catalog["sources"]["town-books"]["texts"] = 20
    (tmp_path / "few" / "specs" / "datasets.yaml").write_text(yaml.safe_dump(catalog))
    preprocess.run(project(tmp_path / "few", books="town-books"), "books")
    few = tmp_path / "few" / "build" / "rehearsal" / "data" / "books"
    dataset, chosen = Dataset.load(few), Dataset.load(few).simulated(20)
    lines = (whole / "reviews.jsonl").read_text().splitlines(True)
    assert (few / "reviews.jsonl").read_text() == "".join(line for line in lines if json.loads(line)["user"] in chosen)
    assert all(bool(dataset.reviews(user)) == (user in chosen) for user in range(len(dataset.users)))
    for path in whole.iterdir():
        if path.name not in ("dataset.json", "reviews.jsonl"):
            assert (few / path.name).read_bytes() == path.read_bytes()


@pytest.mark.parametrize(("dataset", "source"), [("books", "town-books"), ("movies-tv", "town-amazon")])
def test_the_stand_ins_of_the_paper_s_other_data_sets_give_a_hundred_users_to_simulate(checkout, dataset, source):
    assert Project.here(Project.root_of()).params.rehearsal.sources[dataset] == source
    preprocess.run(project(checkout, **{dataset: source}), dataset)
    prepared = Dataset.load(checkout / "build" / "rehearsal" / "data" / dataset)
    assert len(prepared.simulated(100)) == 100
    for user in prepared.simulated(100):
        assert 9 <= len(prepared.train(user)) <= 39
        assert len(prepared.valid(user)) == 1
        assert len(prepared.test(user)) == 10
    planted = (checkout / "build" / "rehearsal" / "data" / dataset / "planted.jsonl").read_text().splitlines()
    genres = {genre for genres in prepared.items["genres"] for genre in genres}
    assert len(planted) == len(prepared.users)
    assert {genre for row in map(json.loads, planted) for genre in row["likes"] + row["dislikes"]} <= genres


def test_the_sizes_of_sources_are_told_side_by_side(checkout, monkeypatch):
    monkeypatch.chdir(checkout)
    told = CliRunner().invoke(app, ["data", "report", "town-amazon", "town-books", "--core", "20"])
    assert told.exit_code == 0
    cells = {row: found for row, *found in (re.split(r"\s{2,}", line.strip()) for line in told.output.splitlines())}
    assert cells["20-core: users"] == ["172", "240"]
    assert cells["20-core: interactions"] == ["10,435", "13,759"]
    assert cells["items without metadata"] == ["0", "0"]
    unknown = CliRunner().invoke(app, ["data", "report", "town-book"])
    assert isinstance(unknown.exception, SpecError)
    assert "did you mean `town-books`?" in str(unknown.exception)


def test_the_data_say_what_they_were_made_from(checkout):
    preprocess.run(project(checkout), "ml-1m")
    about = json.loads((checkout / "build" / "rehearsal" / "data" / "ml-1m" / "dataset.json").read_text())
    assert about["protocol"] == {"core": 5, "longest": 200, "test": 10, "repeated": "first"}
    assert about["knobs"] == {"core": "fixed_point", "truncate": "before_split", "statistics": "train"}
    assert sorted(about["files"]) == ["movielens/movies.dat", "movielens/ratings.dat", "movielens/users.dat"]
    assert about["counts"]["core"] == {"users": 600, "items": 500, "interactions": about["dropped"]["rows"]}


def test_a_data_set_without_a_source_is_refused(checkout):
    with pytest.raises(SpecError, match=r"`rehearsal.sources` names no source for the data set `books`"):
        preprocess.run(project(checkout), "books")
    with pytest.raises(SpecError, match=r"no source `twon`, did you mean `town`\?"):
        preprocess.run(project(checkout, **{"ml-1m": "twon"}), "ml-1m")


def test_an_edited_town_is_refused(checkout, tmp_path):
    shutil.copytree(checkout, tmp_path / "edited")
    (tmp_path / "edited" / "data" / "town" / "movielens" / "users.dat").write_text("1::F::1::10::48067\n")
    with pytest.raises(
        DataError, match=r"users.dat: is not the file that specs/datasets.yaml pins .*; `reproduce data` writes it"
    ):
        preprocess.run(project(tmp_path / "edited"), "ml-1m")
