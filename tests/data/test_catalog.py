"""`specs/datasets.yaml`: what is there is sound, what is wrong is named with its line."""

import pytest

from reproduce.data.catalog import Catalog
from reproduce.data.raw import cache_folder, folders, whereabouts
from reproduce.errors import SpecError
from reproduce.project import Project

PUBLIC_COPIES = {"ml-1m-ranks", "amazon-fashion-2018", "amazon-movies-tv-2014-slice", "yelp-slice", "anime-scrape-2022"}
"""Sources that differ from what their publishers offer."""
SOUND = """\
sources:
  small:
    layout: ml-latest
    folder: small
    terms: ours
    files:
      ratings: {path: ratings.csv, sha256: unknown}
      movies: {path: movies.csv, sha256: unknown}
datasets:
  ml-1m: {core: 5, longest: 200}
"""


def load(tmp_path, text):
    (tmp_path / "specs").mkdir()
    (tmp_path / "specs" / "datasets.yaml").write_text(text)
    return Catalog.load(tmp_path)


@pytest.fixture(scope="module")
def catalog():
    return Catalog.load(Project.root_of())


def test_every_real_source_says_where_it_comes_from_and_its_terms(catalog):
    for name, source in catalog.sources.items():
        assert source.terms
        addresses = [source.archive.url] if source.archive else [file.url for file in source.files.values() if file.url]
        addresses += [source.page] if source.page else []
        assert source.embedded or addresses or name in PUBLIC_COPIES
        assert all(address.startswith("https://") for address in addresses)


@pytest.mark.parametrize(("name", "core", "longest"), [("ml-1m", 5, 200), ("books", 20, 50), ("movies-tv", 20, 50)])
def test_the_protocols_are_those_of_the_paper(catalog, name, core, longest):
    protocol = catalog.protocol(name)
    assert (protocol.core, protocol.longest, protocol.test) == (core, longest, 10)


@pytest.mark.parametrize("name", ["yelp", "amazon-music", "amazon-games", "amazon-movie", "anime"])
def test_the_protocols_of_the_ensemble_filter_nothing_and_split_off_two_rows(catalog, name):
    protocol = catalog.protocol(name)
    assert (protocol.core, protocol.test, protocol.short) == (1, 1, "train")
    assert protocol.liked_from == (6 if name == "anime" else 3)
    assert protocol.longest >= 100_000


def test_a_filter_by_what_no_business_has_is_refused(tmp_path):
    yelp = SOUND.replace("ml-latest", "yelp").replace("ratings:", "business:").replace("movies:", "reviews:")
    assert load(tmp_path, yelp).source("small").keep == {}
    (tmp_path / "specs" / "datasets.yaml").write_text(yelp.replace("    terms", "    keep: {country: US}\n    terms"))
    with pytest.raises(SpecError, match=r"datasets.yaml:5: must be one of state, city"):
        Catalog.load(tmp_path)


def test_paper_mode_reads_the_texts_of_all_whom_it_simulates(catalog):
    paper = Project.here(Project.root_of()).params.paper
    numbers = {name: catalog.source(name).texts for name in paper.sources.values()}
    assert isinstance(numbers["amazon-books-2018"], int)
    assert all(number is True or number >= paper.users for number in numbers.values())


def test_an_unknown_name_suggests_the_near_one(catalog):
    with pytest.raises(SpecError, match=r"no source `ml-1n`, did you mean `ml-1m`\?"):
        catalog.source("ml-1n")
    with pytest.raises(SpecError, match=r"no data set `ml-10m`"):
        catalog.protocol("ml-10m")


@pytest.mark.parametrize(
    ("old", "new", "fact"),
    [
        ("ml-latest", "ml-2m", r"datasets.yaml:3: .*no `ml-2m`"),
        ("sha256: unknown}\ndatasets", "sha256: 12ab}\ndatasets", r"datasets.yaml:8: "),
        (
            "      movies: {path: movies.csv, sha256: unknown}\n",
            "",
            r"datasets.yaml:\d+: layout `ml-latest` needs a file `movies`",
        ),
        ("movies:", "users:", r"datasets.yaml:8: layout `ml-latest` has no file `users` \(known: ratings, movies\)"),
        (
            ", sha256: unknown}\ndatasets",
            "}\ndatasets",
            r"datasets.yaml:8: needs a `sha256` \(`unknown` where nobody publishes it\)",
        ),
        ("core: 5", "core: 0", r"datasets.yaml:10: "),
        ("    terms", "    texts: 0\n    terms", r"yaml:5: `sources.small.texts`: must be true, false or a number of users$"),
        ("    terms", "    texts: some\n    terms", r"yaml:5: `sources.small.texts`: must be true, false or a number of users$"),
        ("    terms", "    texts: 10\n    terms", r"yaml:5: layout `ml-latest` has no review texts; leave `texts` out$"),
        (
            "    terms",
            "    keep: {state: MO}\n    terms",
            r"yaml:5: layout `ml-latest` has no businesses to choose from",
        ),
        ("core: 5", "core: 5, short: keep", r"datasets.yaml:10: "),
        ("core: 5", "core: 5, liked_from: 0", r"datasets.yaml:10: "),
        ("folder", "fodler", r"unknown key `sources.small.fodler`"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(tmp_path, old, new, fact):
    assert old in SOUND
    with pytest.raises(SpecError, match=fact):
        load(tmp_path, SOUND.replace(old, new))


def test_each_source_says_how_to_get_its_files(catalog):
    assert catalog.source("town").remedy("town") == "`reproduce data` writes it"
    assert catalog.source("ml-100k").remedy("ml-100k") == "`reproduce data fetch ml-100k` downloads it"
    assert catalog.source("ml-1m-ranks").remedy("ml-1m-ranks") == "put a copy into the folder ml-1m of REPRODUCE_DATASETS"


def test_raw_files_are_looked_for_in_ones_own_folder_and_then_in_the_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("REPRODUCE_DATASETS", str(tmp_path / "mine"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    source = load(tmp_path, SOUND).source("small")
    cached = tmp_path / "cache" / "reproduce" / "datasets" / "small"
    assert cache_folder() / "small" == cached
    assert folders(tmp_path, source) == [tmp_path / "mine" / "small", cached]
    assert whereabouts(tmp_path, source) is None
    cached.mkdir(parents=True)
    (cached / "ratings.csv").touch()
    assert whereabouts(tmp_path, source) is None
    (cached / "movies.csv").touch()
    assert whereabouts(tmp_path, source) == cached
    monkeypatch.delenv("REPRODUCE_DATASETS")
    assert folders(tmp_path, source) == [cached]
    embedded = source.model_copy(update={"embedded": True})
    assert folders(tmp_path, embedded) == [tmp_path / "data" / "small"]
