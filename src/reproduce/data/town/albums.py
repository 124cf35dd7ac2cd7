"""The town's albums: genres of a record shop, aspects of albums, and what listeners say of them."""

from __future__ import annotations

from reproduce.data.town.domains import Domain

GENRES: dict[str, int] = {
    "Ambient": 12,
    "Blues": 16,
    "Classical": 20,
    "Country": 26,
    "Disco": 10,
    "Electronic": 26,
    "Folk": 22,
    "Gospel": 12,
    "Jazz": 24,
    "Latin": 16,
    "Metal": 22,
    "Opera": 8,
    "Pop": 44,
    "Punk": 16,
    "Reggae": 12,
    "Rock": 48,
    "Soul": 22,
    "Swing": 9,
}
COMPANIONS: dict[str, str] = {
    "Ambient": "Electronic|Classical|Jazz",
    "Blues": "Rock|Soul|Jazz|Gospel",
    "Classical": "Opera|Ambient|Jazz",
    "Country": "Folk|Rock|Pop|Gospel",
    "Disco": "Pop|Soul|Electronic",
    "Electronic": "Pop|Ambient|Disco|Rock",
    "Folk": "Country|Rock|Pop",
    "Gospel": "Soul|Blues|Country",
    "Jazz": "Swing|Blues|Latin|Soul",
    "Latin": "Pop|Jazz|Reggae",
    "Metal": "Rock|Punk|Electronic",
    "Opera": "Classical|Latin",
    "Pop": "Rock|Electronic|Soul|Disco|Country",
    "Punk": "Rock|Metal|Reggae",
    "Reggae": "Latin|Soul|Punk",
    "Rock": "Pop|Metal|Blues|Punk|Folk",
    "Soul": "Pop|Gospel|Blues|Jazz",
    "Swing": "Jazz|Blues|Classical",
}

ASPECTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "vocals": (
        ("the vocals are warm", "a confident voice", "beautiful harmonies", "a singer with soul"),
        ("the vocals are shrill", "a shaky voice", "harmonies off key", "a singer without soul"),
    ),
    "lyrics": (
        ("honest lyrics", "clever wordplay", "every line counts", "words to remember"),
        ("empty lyrics", "clumsy rhymes", "not a line that counts", "words to forget"),
    ),
    "melodies": (
        ("catchy melodies", "one good tune after the other", "a chorus that sticks", "hummable from the start"),
        ("forgettable melodies", "not one good tune", "a chorus that annoys", "nothing to hum"),
    ),
    "rhythm": (
        ("a driving rhythm", "tight drums", "a groovy bass", "you want to dance"),
        ("a plodding rhythm", "sloppy drums", "a boring bass", "nobody would dance"),
    ),
    "production": (
        ("crisp production", "a clean mix", "every instrument is clear", "a rich sound"),
        ("muddy production", "a messy mix", "everything is too loud", "a thin sound"),
    ),
    "musicians": (
        ("brilliant musicians", "inspired solos", "the band plays as one", "a fine guitar"),
        ("bored musicians", "aimless solos", "the band falls apart", "a dull guitar"),
    ),
    "variety": (
        ("every song is different", "a varied album", "full of surprises", "many moods"),
        ("every song sounds the same", "a monotonous album", "no surprises", "one mood only"),
    ),
    "mood": (
        ("a hopeful mood", "it lifts you up", "soothing after work", "music for a good day"),
        ("a dreary mood", "it drags you down", "tiring after work", "music for a bad day"),
    ),
    "originality": (
        ("refreshingly original", "new ideas everywhere", "it sounds like nobody else", "a bold experiment"),
        ("painfully derivative", "borrowed ideas everywhere", "it sounds like everybody else", "a failed experiment"),
    ),
    "length": (
        ("no filler", "just the right length", "short and sweet", "it leaves you wanting more"),
        ("full of filler", "far too long", "padded with remixes", "it outstays its welcome"),
    ),
    "opener": (
        ("a stunning opener", "a great first track", "it starts strong", "hooked from the first minute"),
        ("a weak opener", "a dull first track", "it starts badly", "lost in the first minute"),
    ),
    "finale": (
        ("a grand finale", "a moving last track", "it ends on a high", "the closing song is a gem"),
        ("a limp finale", "a pointless last track", "it ends on a low", "the closing song is a mess"),
    ),
    "packaging": (
        ("a beautiful cover", "detailed liner notes", "a perfect download", "bonus tracks worth having"),
        ("an ugly cover", "missing liner notes", "a broken download", "useless bonus tracks"),
    ),
    "replay": (
        ("it grows on you", "better with each listen", "a keeper for years", "it never gets old"),
        ("it wears thin", "worse with each listen", "gone after a week", "it gets old fast"),
    ),
}
OPENINGS: dict[int, tuple[str, ...]] = {
    1: ("What a disappointment", "I turned it off", "A waste of money", "I cannot recommend this"),
    2: ("Not for me", "I expected more", "It has moments, but few", "Rather weak"),
    3: ("Decent enough", "It is all right", "A mixed bag", "Fine in the background"),
    4: ("Really enjoyable", "I liked this a lot", "Well worth hearing", "A good find"),
    5: ("I loved it", "One of the best I have heard", "Simply wonderful", "I play this again and again"),
}
TILTS: dict[str, tuple[str, ...]] = {
    "F": ("Pop", "Soul", "Folk", "Disco"),
    "M": ("Metal", "Rock", "Blues", "Punk"),
    "young": ("Electronic", "Pop", "Punk", "Latin"),
    "old": ("Classical", "Swing", "Opera", "Country"),
}

ALBUMS = Domain(
    branch="albums/",
    kind="album",
    shop="Digital Music",
    asin="BM{:08d}",
    reviewer="AM{:012d}",
    newest=2013,
    start=1_388_534_400,  # 1 January 2014
    fewest=10,
    extra=60,
    numerals=("", ", Volume Two", ", Volume Three", ", Volume Four"),
    genres=GENRES,
    companions=COMPANIONS,
    tilts=TILTS,
    aspects=ASPECTS,
    openings=OPENINGS,
    base=2.6,
    company=30,
    weight=0.9,
    traits=4,
    fitting=True,
    brief=55,
)
