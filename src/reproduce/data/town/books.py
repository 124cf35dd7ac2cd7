"""The town's books: eighteen genres of a bookshop, aspects of books, and what readers say of them."""

from __future__ import annotations

from reproduce.data.town.domains import Domain

GENRES: dict[str, int] = {
    "Biography": 22,
    "Business": 13,
    "Classics": 18,
    "Comics": 12,
    "Cooking": 14,
    "Crime": 22,
    "Fantasy": 38,
    "Historical": 26,
    "Horror": 16,
    "Humor": 14,
    "Mystery": 36,
    "Philosophy": 9,
    "Poetry": 9,
    "Romance": 48,
    "Science Fiction": 30,
    "Thrillers": 40,
    "Travel": 11,
    "Young Adult": 26,
}
"""Names that share no word, since profiles and prompts tell genres by their words."""

COMPANIONS: dict[str, str] = {
    "Biography": "Historical|Business|Travel|Philosophy",
    "Business": "Biography|Philosophy|Humor",
    "Classics": "Romance|Poetry|Philosophy|Historical",
    "Comics": "Fantasy|Humor|Science Fiction|Young Adult",
    "Cooking": "Travel|Humor|Biography",
    "Crime": "Thrillers|Mystery|Historical|Biography",
    "Fantasy": "Young Adult|Romance|Science Fiction|Horror|Comics",
    "Historical": "Romance|Mystery|Biography|Classics",
    "Horror": "Thrillers|Fantasy|Mystery|Science Fiction",
    "Humor": "Comics|Romance|Biography|Cooking",
    "Mystery": "Thrillers|Crime|Historical|Humor",
    "Philosophy": "Classics|Biography|Poetry|Science Fiction",
    "Poetry": "Classics|Philosophy|Romance",
    "Romance": "Historical|Fantasy|Young Adult|Thrillers|Humor",
    "Science Fiction": "Fantasy|Thrillers|Young Adult|Horror",
    "Thrillers": "Mystery|Crime|Horror|Romance",
    "Travel": "Biography|Cooking|Historical|Humor",
    "Young Adult": "Fantasy|Romance|Science Fiction|Comics",
}

ASPECTS: dict[str, tuple[tuple[str, str, str], tuple[str, str, str]]] = {
    "prose": (
        ("the prose is beautiful", "every sentence is a pleasure", "it is wonderfully written"),
        ("the prose is clumsy", "every sentence stumbles", "it badly needed an editor"),
    ),
    "pacing": (
        ("the pacing never lets up", "I could not put it down", "not a page is wasted"),
        ("the pacing drags", "it takes a hundred pages to get going", "it is far too long"),
    ),
    "plot": (
        ("the plot is clever", "the story keeps you guessing", "everything in the story falls into place"),
        ("the plot makes no sense", "the story is full of holes", "you can see every turn of the plot coming"),
    ),
    "characters": (
        ("the characters feel real", "you care about everyone in it", "each character has depth"),
        ("the characters are cardboard", "there is nobody to care about", "the characters stay thin"),
    ),
    "setting": (
        ("the setting comes alive", "you can smell the streets", "the places stay with you"),
        ("the setting is a painted backdrop", "it could take place anywhere", "you never know where you are"),
    ),
    "research": (
        ("the research is thorough", "you learn something on every page", "the facts are sound"),
        ("the research is sloppy", "half of the facts are wrong", "nobody checked the details"),
    ),
    "dialogue": (
        ("the dialogue sparkles", "the lines are sharp", "people talk the way people talk"),
        ("the dialogue is clumsy", "nobody talks like that", "the lines are painful"),
    ),
    "insight": (
        ("it made me think for days", "there is real insight in it", "it says something new"),
        ("it has nothing to say", "the ideas are shallow", "it repeats what everybody knows"),
    ),
    "ending": (
        ("the ending is perfect", "the last chapter is unforgettable", "it ends exactly as it should"),
        ("the ending is a let-down", "it falls apart in the last chapters", "the ending feels tacked on"),
    ),
    "illustrations": (
        ("the illustrations are lovely", "the maps and pictures add a lot", "it is a handsome edition"),
        ("the illustrations are poor", "the pictures are too small to see", "the print is a disgrace"),
    ),
}

OPENINGS: dict[int, tuple[str, ...]] = {
    1: ("What a disappointment", "I gave up half way", "A waste of paper", "I cannot recommend this"),
    2: ("Not for me", "I expected more", "It has moments, but few", "Rather weak"),
    3: ("Decent enough", "It is all right", "A mixed bag", "Fine for a train ride"),
    4: ("Really enjoyable", "I liked this a lot", "Well worth reading", "A good find"),
    5: ("I loved it", "One of the best I have read", "Simply wonderful", "I will read this again and again"),
}
TILTS: dict[str, tuple[str, ...]] = {
    "F": ("Romance", "Historical", "Young Adult", "Cooking"),
    "M": ("Science Fiction", "Business", "Thrillers", "Comics"),
    "young": ("Young Adult", "Fantasy", "Horror", "Comics"),
    "old": ("Biography", "Classics", "Travel", "Mystery"),
}

BOOKS = Domain(
    branch="books/",
    kind="book",
    shop="Books",
    asin="0{:09d}",
    reviewer="AR{:011d}",
    newest=2013,
    start=1_388_534_400,  # 1 January 2014
    fewest=30,
    extra=100,
    numerals=("", ": Book Two", ": Book Three", ": Book Four"),
    genres=GENRES,
    companions=COMPANIONS,
    tilts=TILTS,
    aspects=ASPECTS,
    openings=OPENINGS,
)
