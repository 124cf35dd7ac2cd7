"""MovieLens in its four layouts, sound and broken."""

import gzip
import zipfile

import pytest

from reproduce.data import sources
from reproduce.data.catalog import Archive, RawFile, Source
from reproduce.data.raw import RawFiles, checksum
from reproduce.data.sources.movielens import about
from reproduce.errors import DataError

MOVIES = "1::Toy Café, The (1995)::Animation|Children's\n2::Kite: A Story (of sorts) (1987)::Drama\n"
USERS = "1::F::1::10::48067\n2::M::56::16::70072\n"
RATINGS = "1::2::3::978300760\n1::1::5::978300759\n2::2::4::978300000\n"


def small(write, ratings=RATINGS, movies=MOVIES, users=USERS):
    return write("ml-1m", {"ratings": ratings, "movies": movies, "users": users})


def rows(log):
    return [tuple(row) for row in log.interactions.to_numpy().tolist()]


def test_movielens_1m_is_read(write):
    log = sources.load(small(write))
    assert rows(log) == [(0, 0, 5, 978300759), (0, 1, 3, 978300760), (1, 1, 4, 978300000)]
    assert log.items["title"].tolist() == ["Toy Café, The", "Kite: A Story (of sorts)"]
    assert log.items["year"].tolist() == [1995, 1987]
    assert log.items["genres"].tolist() == [("Animation", "Children's"), ("Drama",)]
    assert log.users.loc[1].to_dict() == {"raw_id": "2", "gender": "M", "age": "56", "occupation": "16", "zip": "70072"}


def test_line_ends_of_windows_make_no_difference(write):
    def windows(text):
        return text.replace("\n", "\r\n")

    log = sources.load(small(write, windows(RATINGS), windows(MOVIES), windows(USERS)))
    assert rows(log) == [(0, 0, 5, 978300759), (0, 1, 3, 978300760), (1, 1, 4, 978300000)]
    assert log.users["zip"].tolist() == ["48067", "70072"]
    assert log.items["genres"].tolist()[1] == ("Drama",)


def test_movielens_100k_is_read(write):
    flags = "|".join("1" if place in (3, 4) else "0" for place in range(19))
    unknown = "|".join("1" if place == 0 else "0" for place in range(19))
    log = sources.load(
        write(
            "ml-100k",
            {
                "ratings": "1\t2\t3\t881250949\n1\t1\t5\t881250949\n",
                "movies": f"1|Toy Story (1995)|01-Jan-1995||http://x|{flags}\n2|unknown||||{unknown}\n",
                "users": "1|24|M|technician|85711\n",
            },
        )
    )
    assert rows(log) == [(0, 1, 3, 881250949), (0, 0, 5, 881250949)]
    assert log.items["genres"].tolist() == [("Animation", "Children's"), ()]
    assert log.items["title"].tolist() == ["Toy Story", "unknown"]
    assert log.users.loc[0].to_dict() == {"raw_id": "1", "gender": "M", "age": "24", "occupation": "technician", "zip": "85711"}


def test_ranks_stand_for_times_and_rows_without_one_are_dropped_and_counted(write):
    ratings = "UserID,MovieID,Rating,TimeRank\n1,2,3,2\n1,1,5,1\n2,1,4,\n2,2,4,1\n"
    log = sources.load(write("ml-1m-ranks", {"ratings": ratings, "movies": MOVIES, "users": USERS}))
    assert rows(log) == [(0, 0, 5, 1), (0, 1, 3, 2), (1, 1, 4, 1)]
    assert log.counts["rows_without_time_dropped"] == 1


def test_the_csv_files_of_later_releases_hold_half_stars_and_quoted_titles(write):
    log = sources.load(
        write(
            "ml-latest",
            {
                "ratings": "userId,movieId,rating,timestamp\n1,296,4.5,1147880044\n1,7,0.5,1147880045\n",
                "movies": 'movieId,title,genres\n296,"Matrix, The (1999)",Action|Sci-Fi\n7,Amélie,(no genres listed)\n',
            },
        )
    )
    assert log.interactions["rating"].tolist() == [4.5, 0.5][::1]
    assert dict(zip(log.items["raw_id"], log.items["title"], strict=True)) == {"7": "Amélie", "296": "Matrix, The"}
    assert log.items["genres"].tolist() == [(), ("Action", "Sci-Fi")]


@pytest.mark.parametrize(
    ("name", "title", "year"),
    [
        ("Matrix, The (1999)", "Matrix, The", 1999),
        (
            "City of Lost Children, The (Cité des enfants perdus, La) (1995)",
            "City of Lost Children, The (Cité des enfants perdus, La)",
            1995,
        ),
        ("2001: A Space Odyssey (1968)", "2001: A Space Odyssey", 1968),
        ("1984", "1984", None),
        ("Babylon 5", "Babylon 5", None),
        ("(500) Days", "(500) Days", None),
        ("  Kite  (1980) ", "Kite", 1980),
        ("(1999)", "(1999)", None),
    ],
)
def test_a_title_is_split_from_its_year(name, title, year):
    found = about(name, ())
    assert (found.title, found.year) == (title, year)


@pytest.mark.parametrize(
    ("ratings", "fact"),
    [
        ("", r"ratings.dat: is empty"),
        ("\n\n", r"ratings.dat: is empty"),
        ("1::2::3::978300760\n1::1::5::97830", r"ratings.dat:2: the last line has no line end, so the file was cut"),
        ("1::2::3::978300760\n1::1::5\n", r"ratings.dat:2: has 3 fields, not 4"),
        ("1::2::3::978300760\n1::1::5::1::1\n", r"ratings.dat:2: has 5 fields, not 4"),
        ("1::2::3::978300760\n\n1::1::5::978300761\n", r"ratings.dat:2: is blank"),
        ("1::2::3::978300760\n1::x::5::978300761\n", r"ratings.dat:2: item must be a number, not `x`"),
        ("1::2::3::978300760\n1::3::::978300761\n", r"ratings.dat:2: the rating must be 0.5 to 5 in half stars, not missing"),
        ("1::2::3::978300760\n1::3::6::978300761\n", r"ratings.dat:2: the rating must be 0.5 to 5 in half stars, not 6"),
        ("1::2::3.3::978300760\n", r"ratings.dat:1: the rating must be 0.5 to 5 in half stars, not 3.3"),
        ("1:2:3:978300760\n", r"ratings.dat:1: has 1 fields, not 4"),
        ("1\t2\t3\t978300760\n", r"ratings.dat:1: has 1 fields, not 4"),
        ("1::99999999999999999999::3::978300760\n", r"ratings.dat:1: item must be a number"),
        ("1::2::3::9\x00\n", r"ratings.dat"),
    ],
)
def test_broken_ratings_are_refused_with_one_line_that_names_theirs(write, ratings, fact):
    with pytest.raises(DataError, match=fact) as refused:
        sources.load(small(write, ratings))
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("movies", "users", "fact"),
    [
        ("1::Kite (1980)\n", USERS, r"movies.dat:1: has 2 fields between `::`, not 3"),
        ("one::Kite (1980)::War\n", USERS, r"movies.dat:1: the movie id must be a whole number, not `one`"),
        (MOVIES, "1::F::1::10\n", r"users.dat:1: has 4 fields"),
        (MOVIES, "1::F::1::10::48067", r"users.dat:1: the last line has no line end"),
    ],
)
def test_broken_tables_are_refused_with_one_line_that_names_theirs(write, movies, users, fact):
    with pytest.raises(DataError, match=fact):
        sources.load(small(write, RATINGS, movies, users))


def test_a_header_with_other_columns_is_refused(write):
    raw = write("ml-latest", {"ratings": "user,item,score,time\n1,2,3,4\n", "movies": "movieId,title,genres\n"})
    with pytest.raises(DataError, match=r"ratings.csv:1: the columns must be `userId,movieId,rating,timestamp`, not `user,item"):
        sources.load(raw)
    raw = write("ml-latest", {"ratings": "userId,movieId,rating,timestamp\n1,2,3,4\n", "movies": "id,name\n"})
    with pytest.raises(DataError, match=r"movies.csv:1: the columns must start with `movieId,title,genres`"):
        sources.load(raw)


def test_a_line_in_another_encoding_is_named(write):
    movies = b"movieId,title,genres\n1,Kite,War\n" + "2,Café,War\n".encode("latin-1")
    raw = write("ml-latest", {"ratings": "userId,movieId,rating,timestamp\n1,2,3,4\n", "movies": movies})
    with pytest.raises(DataError, match=r"movies.csv:3: is not utf-8"):
        sources.load(raw)


def test_a_gzip_that_was_cut_is_refused(write):
    whole = gzip.compress(("UserID,MovieID,Rating,TimeRank\n" + "1,2,3,4\n" * 500).encode())
    raw = write("ml-1m-ranks", {"ratings": whole[:-20], "movies": MOVIES, "users": USERS})
    with pytest.raises(DataError, match=r"ratings.csv.gz: ends too early or is damaged .*`reproduce data fetch small`"):
        sources.load(raw)


def test_a_file_that_is_no_gzip_is_refused(write):
    raw = write("ml-1m-ranks", {"ratings": b"\x1f\x8bplain", "movies": MOVIES, "users": USERS})
    with pytest.raises(DataError, match=r"ratings.csv.gz: (is not what its name says|ends too early)"):
        sources.load(raw)


def test_another_file_than_the_pinned_one_is_refused_before_it_is_parsed(write, tmp_path):
    raw = small(write)
    (tmp_path / "here" / "ratings.dat").write_text("rubbish")
    with pytest.raises(DataError, match=r"ratings.dat: is not the file that specs/datasets.yaml pins \(SHA-256 "):
        sources.load(raw)


def test_a_file_without_a_known_checksum_is_refused_with_the_line_that_accepts_it(write, tmp_path):
    raw = small(write)
    found = raw.source.files["ratings"].sha256
    files = {**raw.source.files, "ratings": RawFile(path="ratings.dat", sha256="unknown")}
    with pytest.raises(DataError, match=rf"no checksum is pinned for it; if you trust this copy, write `sha256: {found}`"):
        sources.load(RawFiles("small", raw.source.model_copy(update={"files": files}), tmp_path))


def test_a_missing_file_says_where_it_was_looked_for_and_what_fetches_it(write, tmp_path):
    raw = small(write)
    (tmp_path / "here" / "users.dat").unlink()
    with pytest.raises(
        DataError, match=r"users.dat: is not in .*here and .*cache.*here; `reproduce data fetch small` downloads it"
    ):
        sources.load(raw)


def zipped(tmp_path, pin_members):
    path = tmp_path / "here" / "small.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in (("ratings.dat", RATINGS), ("movies.dat", MOVIES), ("users.dat", USERS)):
            archive.writestr(f"inside/{name}", content.encode("latin-1"))
        archive.writestr("../../outside.txt", "must never be written")
    pins = {}
    if pin_members:
        for role, name in (("ratings", "ratings.dat"), ("movies", "movies.dat"), ("users", "users.dat")):
            pins[role] = checksum(tmp_path / "here" / name)
            (tmp_path / "here" / name).unlink()
    files = {role: RawFile(path=f"{role}.dat", sha256=pins.get(role)) for role in ("ratings", "movies", "users")}
    archive = Archive(
        path="small.zip", inside="inside", url="http://example.org/small.zip", sha256="0" * 64 if pin_members else checksum(path)
    )
    return RawFiles("small", Source(layout="ml-1m", folder="here", files=files, archive=archive, terms="ours"), tmp_path)


@pytest.mark.parametrize("pin_members", [True, False])
def test_members_are_read_inside_a_zip_and_nothing_is_unpacked(write, tmp_path, pin_members):
    small(write)
    raw = zipped(tmp_path, pin_members)
    before = sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert len(rows(sources.load(raw))) == 3
    assert sorted(path for path in tmp_path.rglob("*") if path.is_file()) == before


def test_a_zip_that_is_not_the_pinned_one_is_refused_when_it_vouches_for_its_members(write, tmp_path):
    small(write)
    raw = zipped(tmp_path, pin_members=False)
    with zipfile.ZipFile(tmp_path / "here" / "small.zip", "a") as archive:
        archive.writestr("more", "x")
    with pytest.raises(DataError, match=r"small.zip: is not the file that specs/datasets.yaml pins"):
        sources.load(raw)


def test_a_zip_that_lacks_a_member_or_is_none_is_refused(write, tmp_path):
    small(write)
    raw = zipped(tmp_path, pin_members=True)
    with zipfile.ZipFile(tmp_path / "here" / "small.zip", "w") as archive:
        archive.writestr("inside/movies.dat", MOVIES)
    with pytest.raises(DataError, match=r"small.zip: holds no `inside/ratings.dat`"):
        sources.load(raw)
    (tmp_path / "here" / "small.zip").write_text("no zip")
    with pytest.raises(DataError, match=r"small.zip: is not what its name says"):
        sources.load(raw)


def test_the_checksum_of_the_data_depends_on_every_file(write):
    one = small(write)
    sources.load(one)
    other = small(write, users=USERS.replace("F", "M"))
    sources.load(other)
    assert one.sha256 != other.sha256
