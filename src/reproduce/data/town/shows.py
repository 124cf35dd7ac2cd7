"""The town's anime: genres of MyAnimeList, and aspects that matter to viewers. Nobody writes about them."""

from __future__ import annotations

from reproduce.data.town.domains import Domain

GENRES: dict[str, int] = {
    "Action": 42,
    "Adventure": 30,
    "Comedy": 48,
    "Drama": 30,
    "Fantasy": 32,
    "Historical": 14,
    "Horror": 14,
    "Magic": 18,
    "Mecha": 16,
    "Military": 12,
    "Mystery": 18,
    "Psychological": 14,
    "Romance": 30,
    "School": 30,
    "Sci-Fi": 28,
    "Slice of Life": 24,
    "Sports": 14,
    "Supernatural": 26,
}
COMPANIONS: dict[str, str] = {
    "Action": "Adventure|Sci-Fi|Supernatural|Fantasy|Mecha",
    "Adventure": "Fantasy|Action|Comedy|Magic",
    "Comedy": "School|Slice of Life|Romance|Adventure",
    "Drama": "Romance|Psychological|School|Historical",
    "Fantasy": "Adventure|Magic|Romance|Supernatural",
    "Historical": "Action|Drama|Military|Romance",
    "Horror": "Mystery|Psychological|Supernatural",
    "Magic": "Fantasy|Comedy|School|Adventure",
    "Mecha": "Sci-Fi|Military|Action",
    "Military": "Mecha|Historical|Drama|Sci-Fi",
    "Mystery": "Psychological|Horror|Supernatural",
    "Psychological": "Drama|Mystery|Horror|Sci-Fi",
    "Romance": "Comedy|School|Drama|Slice of Life",
    "School": "Comedy|Romance|Slice of Life|Sports",
    "Sci-Fi": "Mecha|Action|Psychological|Military",
    "Slice of Life": "Comedy|School|Romance",
    "Sports": "School|Comedy|Drama",
    "Supernatural": "Action|Mystery|Horror|Fantasy",
}
_ASPECTS = "animation plot characters soundtrack pacing voices ending humour atmosphere fights"
ASPECTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    aspect: ((f"strong {aspect}",), (f"weak {aspect}",)) for aspect in _ASPECTS.split()
}
OPENINGS: dict[int, tuple[str, ...]] = {}
TILTS: dict[str, tuple[str, ...]] = {
    "F": ("Romance", "Slice of Life", "Drama", "Magic"),
    "M": ("Mecha", "Action", "Military", "Sports"),
    "young": ("School", "Fantasy", "Supernatural", "Comedy"),
    "old": ("Historical", "Mystery", "Psychological", "Sci-Fi"),
}

SHOWS = Domain(
    branch="shows/",
    kind="anime",
    shop="Anime",
    asin="{}",
    reviewer="{}",
    newest=2016,
    start=1_388_534_400,
    fewest=14,
    extra=70,
    numerals=("", " 2nd Season", " 3rd Season", " Movie"),
    genres=GENRES,
    companions=COMPANIONS,
    tilts=TILTS,
    aspects=ASPECTS,
    openings=OPENINGS,
    base=2.8,
    company=30,
    weight=0.8,
    traits=4,
    points=10,
    unrated=12,
)
