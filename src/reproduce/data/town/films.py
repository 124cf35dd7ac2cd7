"""The town's films: MovieLens' eighteen genres, aspects of films, and what viewers say of them."""

from __future__ import annotations

from reproduce.data.town.domains import Domain

GENRES: dict[str, int] = {
    "Action": 30,
    "Adventure": 24,
    "Animation": 13,
    "Children's": 16,
    "Comedy": 52,
    "Crime": 19,
    "Documentary": 15,
    "Drama": 64,
    "Fantasy": 12,
    "Film-Noir": 8,
    "Horror": 24,
    "Musical": 12,
    "Mystery": 13,
    "Romance": 32,
    "Sci-Fi": 22,
    "Thriller": 32,
    "War": 14,
    "Western": 11,
}
"""Weight of each genre as a film's first one: the order of MovieLens 1M, with Drama and Comedy (41 and 31 % there) softened."""

COMPANIONS: dict[str, str] = {
    "Action": "Adventure|Thriller|Sci-Fi|Crime|War",
    "Adventure": "Action|Fantasy|Children's|Sci-Fi|Western",
    "Animation": "Children's|Musical|Fantasy|Comedy",
    "Children's": "Animation|Comedy|Adventure|Fantasy",
    "Comedy": "Romance|Drama|Children's|Crime|Musical",
    "Crime": "Drama|Thriller|Film-Noir|Mystery",
    "Documentary": "War|Musical|Drama",
    "Drama": "Romance|War|Crime|Thriller|Mystery",
    "Fantasy": "Adventure|Children's|Sci-Fi|Romance",
    "Film-Noir": "Crime|Mystery|Thriller",
    "Horror": "Thriller|Sci-Fi|Mystery|Comedy",
    "Musical": "Comedy|Romance|Animation|Drama",
    "Mystery": "Thriller|Film-Noir|Crime|Horror",
    "Romance": "Comedy|Drama|Musical|War",
    "Sci-Fi": "Action|Thriller|Adventure|Horror",
    "Thriller": "Action|Crime|Mystery|Horror|Drama",
    "War": "Drama|Action|Romance|Documentary",
    "Western": "Action|Adventure|Comedy|Drama",
}
"""Genres that go together, the most usual first."""

ASPECTS: dict[str, tuple[tuple[str, str, str], tuple[str, str, str]]] = {
    "acting": (
        ("the acting is superb", "every performance rings true", "the cast is wonderful"),
        ("the acting is wooden", "nobody in the cast convinces", "the performances fall flat"),
    ),
    "pacing": (
        ("the pacing never lets up", "it moves along at just the right speed", "not a minute is wasted"),
        ("the pacing drags", "it takes forever to get going", "it is half an hour too long"),
    ),
    "plot": (
        ("the plot is clever", "the story keeps you guessing", "everything in the story falls into place"),
        ("the plot makes no sense", "the story is full of holes", "you can see every turn of the plot coming"),
    ),
    "soundtrack": (
        ("the soundtrack is gorgeous", "the score stays with you for days", "the music lifts every scene"),
        ("the soundtrack is grating", "the score drowns everything", "the music is forgettable"),
    ),
    "visuals": (
        ("the visuals are stunning", "every shot looks like a painting", "the camera work is beautiful"),
        ("the visuals look cheap", "it is drab to look at", "the camera work is sloppy"),
    ),
    "dialogue": (
        ("the dialogue sparkles", "the lines are sharp", "people talk the way people talk"),
        ("the dialogue is clumsy", "nobody talks like that", "the lines are painful"),
    ),
    "humour": (
        ("the humour lands every time", "the wit is dry and quick", "even the small jokes work"),
        ("the humour is stale", "the jokes miss", "it tries too hard to be witty"),
    ),
    "characters": (
        ("the characters feel real", "you care about everyone in it", "each character has depth"),
        ("the characters are cardboard", "there is nobody to care about", "the characters stay thin"),
    ),
    "ending": (
        ("the ending is perfect", "the last ten minutes are unforgettable", "it ends exactly as it should"),
        ("the ending is a let-down", "it falls apart in the last act", "the ending feels tacked on"),
    ),
    "atmosphere": (
        ("the atmosphere is thick enough to touch", "the mood carries it", "you are there from the first scene"),
        ("there is no atmosphere at all", "the mood is all over the place", "it never builds a mood"),
    ),
}
"""Aspects of films, with what a review says of a strong and of a weak one."""

OPENINGS: dict[int, tuple[str, ...]] = {
    1: ("What a disappointment", "I turned it off before the end", "A waste of an evening", "I cannot recommend this"),
    2: ("Not for me", "I expected more", "It has moments, but few", "Rather weak"),
    3: ("Decent enough", "It is all right", "A mixed bag", "Fine for one evening"),
    4: ("Really enjoyable", "I liked this a lot", "Well worth watching", "A good find"),
    5: ("I loved it", "One of the best I have seen", "Simply wonderful", "I will watch this again and again"),
}
TILTS: dict[str, tuple[str, ...]] = {
    "F": ("Romance", "Musical", "Drama", "Children's"),
    "M": ("Action", "Sci-Fi", "War", "Western"),
    "young": ("Animation", "Horror", "Fantasy", "Adventure"),
    "old": ("Film-Noir", "Documentary", "Mystery", "Western"),
}

FILMS = Domain(
    branch="",
    kind="film",
    shop="Movies & TV",
    asin="B0{:08d}",
    reviewer="A{:012d}",
    newest=2000,
    start=956_700_000,  # 25 April 2000, as in MovieLens 1M
    fewest=20,
    extra=140,
    numerals=("", " II", " III", " IV"),
    genres=GENRES,
    companions=COMPANIONS,
    tilts=TILTS,
    aspects=ASPECTS,
    openings=OPENINGS,
)
