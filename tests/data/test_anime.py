"""Kaggle's anime ratings and scrapes in their layout, sound and broken."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from reproduce.data import raw, sources
from reproduce.errors import DataError

RATINGS = "user_id,anime_id,rating\n1,20,-1\n1,24,8\n2,20,10\n1,20,3\n3,24,-1\n2,99,6\n"
ANIME = (
    "anime_id,name,genre,type,episodes,rating,members\n"
    '20,Gintama&#039;,"Action, Comedy, Action",TV,51,9.16,151266\n'
    '24,"Kite, the Movie",,,Unknown,,13\n'
    "30,Unseen,Drama,TV,12,8.0,5\n"
)


def read(write, ratings=RATINGS, anime=ANIME, names=None):
    return sources.load(write("anime", {"ratings": ratings, "anime": anime}, names=names))


def rows(log):
    return [tuple(row) for row in log.interactions.to_numpy().tolist()]


def test_ratings_are_read_in_the_order_of_the_file_without_those_that_are_none(write):
    log = read(write)
    assert log.users["raw_id"].tolist() == ["1", "2"]
    assert log.items["raw_id"].tolist() == ["20", "24", "99"]
    assert rows(log) == [(0, 1, 8, 1), (0, 0, 3, 3), (1, 0, 10, 2), (1, 2, 6, 5)]
    assert log.reviews is None
    assert log.counts["rows"] == 6
    assert log.counts["rows_not_rated_dropped"] == 2
    assert log.counts["users_without_rating_dropped"] == 1
    assert log.counts["items_without_metadata"] == 1


def test_anime_have_genres_without_escapes_and_what_attributes_are_known(write):
    items = read(write).items
    assert items["title"].tolist() == ["Gintama'", "Kite, the Movie", "item 99"]
    assert items["genres"].tolist() == [("Action", "Comedy"), (), ()]
    assert items["description"].tolist() == ["type: TV; episodes: 51", "", ""]


def test_of_repeated_rows_of_an_anime_the_first_counts(write):
    again = ANIME + "20,Another name,Drama,TV,1,1.0,1\n"
    assert read(write, anime=again).items["title"][0] == "Gintama'"


def test_the_mean_rating_of_the_site_is_nowhere_shown(write):
    """It is made of the ratings that are to be predicted."""
    assert not read(write).items.astype(str).apply(lambda column: column.str.contains("9.16")).any(axis=None)


def test_a_scrape_has_names_for_users_and_python_for_texts(write):
    ratings = "username,anime_id,rating\nZoë_9,20,-1\nabe,20,9\nZoë_9,24,10\n"
    anime = "anime_id,name,genre,type,episodes,rating,members\n20,b'Gintama\\xc2\\xb0',\"['Action', 'Sci-Fi']\",TV,51,9.1,2\n"
    log = read(write, ratings, anime)
    assert log.users["raw_id"].tolist() == ["Zoë_9", "abe"]
    assert log.items["title"].tolist() == ["Gintama°", "item 24"]
    assert log.items["genres"].tolist() == [("Action", "Sci-Fi"), ()]


def test_a_gzipped_file_and_line_ends_of_windows_read_the_same(write):
    zipped = read(write, RATINGS.replace("\n", "\r\n"), names={"ratings": "rating.csv.gz"})
    assert rows(zipped) == rows(read(write))


@pytest.mark.parametrize("size", [30, 1 << 22])
def test_blocks_of_any_size_give_the_same(write, monkeypatch, size):
    whole = read(write)
    monkeypatch.setattr(raw, "_BLOCK", size)
    blocks = read(write)
    assert rows(blocks) == rows(whole)
    assert blocks.counts == whole.counts


@pytest.mark.parametrize(
    ("ratings", "fact"),
    [
        (
            "user,anime,rating\n1,2,3\n",
            r"rating.csv:1: the columns must be `user_id,anime_id,rating` or `username,anime_id,rating`",
        ),
        (RATINGS + "1,2\n", r"rating.csv:8: must be a user, an anime and a rating, not `1,2`"),
        (RATINGS + "1,2,3,4\n", r"rating.csv:8: must be a user, an anime and a rating"),
        ("user_id,anime_id,rating\n1,2,3,4\n5,6,7,8\n", r"rating.csv:2: must be a user, an anime and a rating, not `1,2,3,4`"),
        (RATINGS + "1,20,11\n", r"rating.csv:8: the rating must be 1 to 10, or -1 for none, not `11`"),
        (RATINGS + "1,20,0\n", r"rating.csv:8: the rating must be 1 to 10, or -1 for none, not `0`"),
        (RATINGS + "1,20,7.5\n", r"rating.csv:8: the rating must be 1 to 10, or -1 for none, not `7.5`"),
        (RATINGS + "1,20,\n", r"rating.csv:8: the rating must be 1 to 10, or -1 for none, not ``"),
        (RATINGS + "1,x,7\n", r"rating.csv:8: the anime id must be a whole number, not `x`"),
        (RATINGS + ",20,7\n", r"rating.csv:8: must be a user, an anime and a rating"),
        ("user_id,anime_id,rating\n1,20,-1\n2,20,-1\n", r"rating.csv: none of 2 rows has a rating"),
        ("", r"rating.csv: is empty"),
    ],
)
@pytest.mark.parametrize("size", [30, 1 << 22])
def test_broken_ratings_are_refused_with_one_line_that_names_theirs(write, monkeypatch, ratings, fact, size):
    monkeypatch.setattr(raw, "_BLOCK", size)
    with pytest.raises(DataError, match=fact) as refused:
        read(write, ratings)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("anime", "fact"),
    [
        ("anime_id,title\n1,x\n", r"anime.csv:1: has no column `name`"),
        (ANIME + "31,Short\n", r"anime.csv:5: has another number of fields"),
        (ANIME + "31,Long,Drama,TV,1,1,1,1\n", r"anime.csv:5: has another number of fields"),
        (ANIME + "x,Odd,Drama,TV,1,1,1\n", r"anime.csv:5: the anime id must be a whole number, not `x`"),
        ("", r"anime.csv: is empty"),
    ],
)
def test_broken_anime_are_refused_with_their_line(write, anime, fact):
    with pytest.raises(DataError, match=fact):
        read(write, anime=anime)


@settings(max_examples=40, deadline=None)
@given(some.lists(some.tuples(some.integers(1, 9), some.integers(1, 9), some.sampled_from([-1, *range(1, 11)])), min_size=1))
def test_fast_and_slow_reading_agree_and_no_row_is_lost(table):
    from reproduce.data.raw import Block
    from reproduce.data.sources.anime import _one_by_one, _ratings

    content = "".join(f"{user},{item},{rating}\n" for user, item, rating in table).encode()
    fast, slow = _ratings(Block("here", 2, content)), _one_by_one("here", 2, content)
    assert fast[0] == slow[0] == [str(user) for user, *_ in table]
    assert fast[1].tolist() == slow[1].tolist() == [item for _, item, _ in table]
    assert fast[2].tolist() == slow[2].tolist() == [rating for *_, rating in table]
