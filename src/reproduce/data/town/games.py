"""The town's video games: genres, aspects of games, and what players say of them."""

from __future__ import annotations

from reproduce.data.town.domains import Domain

GENRES: dict[str, int] = {
    "Adventure": 34,
    "Arcade": 18,
    "Card": 10,
    "Fighting": 18,
    "Flight": 8,
    "Horror": 16,
    "Party": 14,
    "Platformer": 28,
    "Puzzle": 24,
    "Racing": 24,
    "Rhythm": 10,
    "Role-Playing": 36,
    "Shooter": 42,
    "Simulation": 24,
    "Sports": 28,
    "Stealth": 12,
    "Strategy": 26,
    "Survival": 18,
}
COMPANIONS: dict[str, str] = {
    "Adventure": "Role-Playing|Puzzle|Stealth|Platformer|Horror",
    "Arcade": "Racing|Fighting|Shooter|Platformer",
    "Card": "Strategy|Puzzle|Party",
    "Fighting": "Arcade|Sports|Party",
    "Flight": "Simulation|Shooter|Racing",
    "Horror": "Survival|Adventure|Shooter|Stealth",
    "Party": "Rhythm|Sports|Card|Puzzle",
    "Platformer": "Adventure|Puzzle|Arcade",
    "Puzzle": "Platformer|Adventure|Card|Strategy",
    "Racing": "Sports|Arcade|Simulation",
    "Rhythm": "Party|Puzzle|Arcade",
    "Role-Playing": "Adventure|Strategy|Survival|Card",
    "Shooter": "Survival|Stealth|Horror|Arcade",
    "Simulation": "Strategy|Racing|Flight|Sports",
    "Sports": "Racing|Party|Simulation|Fighting",
    "Stealth": "Adventure|Shooter|Horror",
    "Strategy": "Simulation|Role-Playing|Card|Puzzle",
    "Survival": "Horror|Shooter|Role-Playing",
}

ASPECTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "controls": (
        ("precise controls", "it answers to every touch", "intuitive menus", "a smooth camera"),
        ("clumsy controls", "laggy input", "confusing menus", "a terrible camera"),
    ),
    "graphics": (
        ("stunning graphics", "detailed textures", "gorgeous lighting", "lovely art style"),
        ("ugly graphics", "blurry textures", "flat lighting", "drab art style"),
    ),
    "sound": (
        ("a gorgeous soundtrack", "great sound effects", "strong voice acting", "music that fits"),
        ("a grating soundtrack", "cheap sound effects", "awful voice acting", "music to mute"),
    ),
    "difficulty": (
        ("a fair challenge", "hard but fair", "a gentle learning curve", "well balanced"),
        ("unfair difficulty", "cheap deaths", "a brutal learning curve", "badly balanced"),
    ),
    "tale": (
        ("a gripping story", "memorable characters", "witty dialogue", "a touching ending"),
        ("a thin story", "forgettable characters", "cringeworthy dialogue", "a rushed ending"),
    ),
    "stability": (
        ("it runs smoothly", "not a single crash", "a steady frame rate", "short loading times"),
        ("it crashes all the time", "full of bugs", "a choppy frame rate", "endless loading times"),
    ),
    "length": (
        ("a hundred hours of content", "plenty of side quests", "it lasts for months", "high replay value"),
        ("finished in an afternoon", "pointless side quests", "nothing left after a day", "no replay value"),
    ),
    "multiplayer": (
        ("great multiplayer", "fun with friends", "full servers", "a kind community"),
        ("dead multiplayer", "no fun with friends", "empty servers", "a toxic community"),
    ),
    "world": (
        ("a vivid world", "places to explore", "secrets behind each hill", "a living city"),
        ("an empty world", "nothing to explore", "invisible walls", "a lifeless city"),
    ),
    "value": (
        ("worth every cent", "a fair price", "free updates", "a complete package"),
        ("a cash grab", "overpriced", "paid extras everywhere", "half a product"),
    ),
    "combat": (
        ("satisfying combat", "clever enemies", "many weapons", "epic bosses"),
        ("repetitive combat", "stupid enemies", "few weapons", "boring bosses"),
    ),
    "freedom": (
        ("freedom of choice", "many ways to win", "deep customization", "decisions that matter"),
        ("no freedom of choice", "one way to win", "shallow customization", "decisions without effect"),
    ),
    "saving": (
        ("generous checkpoints", "save anywhere", "reliable saves", "quick restarts"),
        ("distant checkpoints", "no manual save", "corrupted saves", "slow restarts"),
    ),
    "tutorial": (
        ("a helpful tutorial", "easy to pick up", "clear goals", "good for beginners"),
        ("a tedious tutorial", "hard to pick up", "unclear goals", "bad for beginners"),
    ),
}
OPENINGS: dict[int, tuple[str, ...]] = {
    1: ("What a disappointment", "I sent it back", "A waste of money", "I cannot recommend this"),
    2: ("Not for me", "I expected more", "It has moments, but few", "Rather weak"),
    3: ("Decent enough", "It is all right", "A mixed bag", "Fine for a rainy day"),
    4: ("Really enjoyable", "I liked this a lot", "Well worth playing", "A good find"),
    5: ("I loved it", "One of the best I have played", "Simply wonderful", "I play this again and again"),
}
TILTS: dict[str, tuple[str, ...]] = {
    "F": ("Puzzle", "Simulation", "Rhythm", "Adventure"),
    "M": ("Shooter", "Sports", "Racing", "Fighting"),
    "young": ("Survival", "Platformer", "Party", "Shooter"),
    "old": ("Strategy", "Card", "Flight", "Puzzle"),
}

GAMES = Domain(
    branch="games/",
    kind="game",
    shop="Video Games",
    asin="BG{:08d}",
    reviewer="AG{:012d}",
    newest=2013,
    start=1_388_534_400,  # 1 January 2014
    fewest=10,
    extra=64,
    numerals=("", " II", " III", " IV"),
    genres=GENRES,
    companions=COMPANIONS,
    tilts=TILTS,
    aspects=ASPECTS,
    openings=OPENINGS,
    base=2.8,
    company=30,
    weight=0.9,
    traits=4,
    fitting=True,
)
