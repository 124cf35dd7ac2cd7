"""The town's places to eat, to drink and to shop: categories as on Yelp, aspects of places, and what visitors say of them."""

from __future__ import annotations

from reproduce.data.town.domains import Domain

GENRES: dict[str, int] = {
    "Bakeries": 20,
    "Barbeque": 16,
    "Bookstores": 12,
    "Breakfast": 24,
    "Burgers": 30,
    "Chinese": 26,
    "Cocktails": 20,
    "Coffee": 32,
    "Florists": 9,
    "Italian": 28,
    "Mexican": 30,
    "Pizza": 32,
    "Pubs": 22,
    "Seafood": 15,
    "Sushi": 16,
    "Thai": 14,
    "Vegetarian": 13,
    "Vintage": 10,
}
PARENTS: dict[str, str] = {
    **dict.fromkeys(("Bakeries", "Coffee"), "Food"),
    **dict.fromkeys(("Bookstores", "Florists", "Vintage"), "Shopping"),
    **dict.fromkeys(("Cocktails", "Pubs"), "Nightlife"),
}
"""The category above; all others are restaurants."""

COMPANIONS: dict[str, str] = {
    "Bakeries": "Coffee|Breakfast|Vegetarian",
    "Barbeque": "Burgers|Pubs|Seafood",
    "Bookstores": "Coffee|Vintage|Florists",
    "Breakfast": "Coffee|Bakeries|Burgers|Vegetarian",
    "Burgers": "Pubs|Barbeque|Breakfast|Pizza",
    "Chinese": "Thai|Sushi|Seafood|Vegetarian",
    "Cocktails": "Pubs|Italian|Sushi",
    "Coffee": "Bakeries|Breakfast|Bookstores",
    "Florists": "Vintage|Bookstores",
    "Italian": "Pizza|Cocktails|Seafood|Vegetarian",
    "Mexican": "Cocktails|Breakfast|Seafood|Vegetarian",
    "Pizza": "Italian|Burgers|Pubs",
    "Pubs": "Burgers|Cocktails|Pizza|Barbeque",
    "Seafood": "Sushi|Italian|Cocktails|Chinese",
    "Sushi": "Seafood|Thai|Chinese|Cocktails",
    "Thai": "Vegetarian|Chinese|Sushi",
    "Vegetarian": "Coffee|Thai|Breakfast|Italian",
    "Vintage": "Bookstores|Florists|Coffee",
}

ASPECTS: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "service": (
        ("the service is friendly", "the staff remember your name", "attentive waiters", "they are helpful and kind"),
        ("the service is rude", "the staff ignore you", "careless waiters", "nobody is helpful"),
    ),
    "quality": (
        ("everything is fresh", "carefully made", "good ingredients", "you taste the freshness"),
        ("everything was stale", "carelessly made", "poor ingredients", "half of it was spoiled"),
    ),
    "portions": (
        ("generous portions", "you get plenty", "large plates for everybody", "nobody leaves hungry"),
        ("tiny portions", "you get next to nothing", "small plates for small eaters", "you leave hungry"),
    ),
    "prices": (
        ("fair prices", "great value for the money", "a real bargain", "cheap and good"),
        ("the prices are steep", "overpriced by far", "hidden fees on the bill", "expensive for what it is"),
    ),
    "atmosphere": (
        ("a cozy atmosphere", "charming decor", "warm lighting", "a room to stay in"),
        ("a gloomy atmosphere", "shabby decor", "harsh lighting", "a room to run from"),
    ),
    "cleanliness": (
        ("spotless tables", "clean down to the corners", "a clean kitchen", "tidy restrooms"),
        ("sticky tables", "dirty floors", "a filthy kitchen", "smelly restrooms"),
    ),
    "noise": (
        ("quiet enough to talk", "a quiet corner", "soft music", "pleasantly calm"),
        ("too loud to talk", "a noisy room", "blaring music", "unbearably loud"),
    ),
    "parking": (
        ("easy parking", "a large parking lot", "you can park at the door", "plenty of parking spaces"),
        ("no parking anywhere", "a cramped parking lot", "parking is a nightmare", "you circle the block for parking"),
    ),
    "speed": (
        ("quick at any hour", "no waiting at all", "seated at once", "fast even on weekends"),
        ("a long wait", "an hour of waiting", "a line around the block", "painfully slow"),
    ),
    "internet": (
        ("free wifi that works", "fast internet", "outlets at each table", "good for working"),
        ("the wifi never works", "slow internet", "no outlets anywhere", "useless for working"),
    ),
    "terrace": (
        ("a lovely terrace", "outdoor tables under trees", "a sunny patio", "a fine garden"),
        ("a cramped patio", "outdoor tables beside the traffic", "no shade outside", "an ugly backyard"),
    ),
    "selection": (
        ("a wide selection", "a choice for everybody", "a long menu", "something new each month"),
        ("a narrow selection", "hardly any choice", "a short menu", "the same old things"),
    ),
    "children": (
        ("great for kids", "a children's corner", "patient with families", "toys for the little ones"),
        ("bad for kids", "no high chairs", "annoyed by families", "nothing for the little ones"),
    ),
    "view": (
        ("a splendid view", "tables by the river", "a rooftop view", "large windows"),
        ("a dismal view", "tables by the toilets", "a view of the dumpsters", "no windows"),
    ),
    "location": (
        ("easy to find", "close to the station", "a central location", "in a pretty street"),
        ("hard to find", "far from everything", "a remote location", "in a sketchy street"),
    ),
    "hours": (
        ("open late", "open on holidays", "reliable hours", "open early in the morning"),
        ("closes too early", "closed without notice", "unreliable hours", "never open when it says so"),
    ),
}
ATTRIBUTES: dict[str, tuple[str, str, str]] = {
    "service": ("RestaurantsTableService", "True", "False"),
    "prices": ("RestaurantsPriceRange2", "1", "4"),
    "atmosphere": ("Ambience", "{'intimate': True, 'classy': True, 'divey': False}", "{'intimate': False, 'divey': True}"),
    "noise": ("NoiseLevel", "u'quiet'", "u'very_loud'"),
    "parking": ("BusinessParking", "{'garage': False, 'street': True, 'lot': True}", "{'garage': False, 'lot': False}"),
    "speed": ("RestaurantsReservations", "True", "False"),
    "internet": ("WiFi", "u'free'", "u'no'"),
    "terrace": ("OutdoorSeating", "True", "False"),
    "children": ("GoodForKids", "True", "False"),
}
"""Aspects that the shop's page tells, in Yelp's own way: the attribute, and its value where the aspect is strong and weak."""

OPENINGS: dict[int, tuple[str, ...]] = {
    1: ("Never again", "What a disappointment", "I walked out", "I cannot recommend this place"),
    2: ("Not for me", "I expected more", "Rather weak", "It has its moments, but few"),
    3: ("Decent enough", "It is all right", "A mixed bag", "Fine if you are near"),
    4: ("A good find", "I liked it a lot", "Well worth a visit", "I will be back"),
    5: ("I love this place", "One of the best in town", "Simply wonderful", "I come here again and again"),
}
TILTS: dict[str, tuple[str, ...]] = {
    "F": ("Florists", "Bakeries", "Vegetarian", "Sushi"),
    "M": ("Barbeque", "Burgers", "Pubs", "Pizza"),
    "young": ("Cocktails", "Mexican", "Thai", "Vintage"),
    "old": ("Bookstores", "Seafood", "Italian", "Breakfast"),
}

PLACES = Domain(
    branch="places/",
    kind="place",
    shop="Restaurants",
    asin="town-{:017d}",
    reviewer="visitor-{:014d}",
    newest=2016,
    start=1_483_228_800,  # 1 January 2017
    fewest=12,
    extra=64,
    numerals=("", " on Mill Street", " by the Station", " Downtown"),
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
)
