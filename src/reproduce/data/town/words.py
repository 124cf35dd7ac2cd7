"""The town's vocabulary: MovieLens' eighteen genres, aspects of films, words for titles and reviews.

Titles hold no word for a genre or an aspect, so that a title tells no taste.
"""

from __future__ import annotations

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
    "Action": "Adventure Thriller Sci-Fi Crime War",
    "Adventure": "Action Fantasy Children's Sci-Fi Western",
    "Animation": "Children's Musical Fantasy Comedy",
    "Children's": "Animation Comedy Adventure Fantasy",
    "Comedy": "Romance Drama Children's Crime Musical",
    "Crime": "Drama Thriller Film-Noir Mystery",
    "Documentary": "War Musical Drama",
    "Drama": "Romance War Crime Thriller Mystery",
    "Fantasy": "Adventure Children's Sci-Fi Romance",
    "Film-Noir": "Crime Mystery Thriller",
    "Horror": "Thriller Sci-Fi Mystery Comedy",
    "Musical": "Comedy Romance Animation Drama",
    "Mystery": "Thriller Film-Noir Crime Horror",
    "Romance": "Comedy Drama Musical War",
    "Sci-Fi": "Action Thriller Adventure Horror",
    "Thriller": "Action Crime Mystery Horror Drama",
    "War": "Drama Action Romance Documentary",
    "Western": "Action Adventure Comedy Drama",
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

ADJECTIVES = (
    "Amber Ancient Autumn Blue Borrowed Bright Broken Burning Carved Cold Copper Crimson Crooked Crystal Distant Drifting "
    "Early Eleventh Empty Faded Fallen First Folded Forgotten Frozen Gilded Glass Golden Green Grey Hidden Hollow Idle "
    "Iron Ivory Jade Last Late Little Long Lost Marble Mended Narrow Nine Northern Open Other Painted Pale Paper Patient "
    "Quiet Red Restless Rolling Rusted Salt Scarlet Second Seven Sheltered Short Silent Silver Sleeping Slow Southern "
    "Stolen Stone Sunken Tall Tangled Third Tin Twelfth Unlit Velvet Violet Waiting"
)
NOUNS = (
    "Acre Anchor Apple Aqueduct Archway Attic Avenue Balcony Banner Basin Bell Bicycle Boathouse Bridge Brook Cabin Canal "
    "Candle Canyon Carousel Cellar Chapel Chimney Clock Coast Compass Corner Corridor Courtyard Cup Dam Desk Door Drawer "
    "Dune Elevator Ember Fence Ferry Field Fountain Garden Gate Glacier Hallway Harbor Hill House Island Kettle Kite "
    "Ladder Lagoon Lake Lantern Ledger Letter Lighthouse Locket Map Marsh Meadow Mill Mirror Moon Oar Orchard Oven Parlor "
    "Passage Pier Pond Porch Postcard Quarry Railway Reef Ribbon Ridge River Road Rooftop Sail Shore Staircase Station "
    "Steeple Street Summer Table Tide Tower Tram Tunnel Umbrella Valley Village Wagon Wall Well Wharf Window Winter Yard"
)
PLACES = (
    "Alder Bay|Arles|Bellweather|Cádiz|Dunmore|Eastmarsh|Evora|Fenwick|Göteborg|Halden|Île-Marie|Jórvik|Kestrel Point|"
    "Lünen|Málaga|Norwick|Ostend|Port Sorrel|Quimper|Redcliff|São Bento|Tarn|Ulmstead|Vernon|Whitby|Zürich"
)
NAMES = (
    "Abel|Agnès|Beatriz|Cleo|Dorothea|Edmund|Esmé|Félix|Greta|Henrik|Inés|Jonah|Käthe|Lucía|Mabel|Noël|Odette|Pascal|"
    "Quentin|Renée|Søren|Thaddeus|Ursula|Vicente|Wilhelm|Zoë"
)
SURNAMES = (
    "Adair|Bertin|Calloway|Duarte|Eklund|Farrow|Grünwald|Hollis|Ibarra|Jansen|Kowal|Lindqvist|Moreau|Nuñez|Okafor|Prescott|"
    "Quill|Rosetti|Sandoval|Tremblay|Unger|Vance|Whitlock|Yates|Zeller"
)
NUMERALS = ("", " II", " III", " IV")

OPENINGS: dict[int, tuple[str, ...]] = {
    1: ("What a disappointment", "I turned it off before the end", "A waste of an evening", "I cannot recommend this"),
    2: ("Not for me", "I expected more", "It has moments, but few", "Rather weak"),
    3: ("Decent enough", "It is all right", "A mixed bag", "Fine for one evening"),
    4: ("Really enjoyable", "I liked this a lot", "Well worth watching", "A good find"),
    5: ("I loved it", "One of the best I have seen", "Simply wonderful", "I will watch this again and again"),
}
SUMMARIES: dict[int, tuple[str, ...]] = {
    1: ("One Star", "Avoid", "Waste of time"),
    2: ("Two Stars", "Disappointing", "Could be better"),
    3: ("Three Stars", "Okay", "Not bad, not great"),
    4: ("Four Stars", "Very good", "Recommended"),
    5: ("Five Stars", "Excellent", "A favourite"),
}
WARM = ("just what I want from {}", "if you like {}, this is for you", "what {} should be", "I never tire of {}")
COOL = ("I have little patience for {}", "I do not care for {}", "I could do without {}", "I am no friend of {}")
"""What a review says of a genre that its writer likes or dislikes."""
SPOKEN = {
    "Children's": "family films",
    "Crime": "crime stories",
    "Documentary": "documentaries",
    "Film-Noir": "film noir",
    "Musical": "musicals",
    "Mystery": "mysteries",
    "Sci-Fi": "science fiction",
    "Thriller": "thrillers",
    "War": "war films",
    "Western": "westerns",
}
"""How people call a genre where they do not use its name."""

PREMISES = (
    "a letter that arrives forty years late",
    "two neighbours who share one key",
    "the last winter of a small harbour",
    "a map that nobody can read",
    "a promise made on a night train",
    "a house that changes hands three times",
    "the year in which the river froze",
    "a stranger who knows everybody's name",
    "an inheritance with one condition",
    "five friends and one empty chair",
    "a town that votes to move",
    "the keeper of a lighthouse and her guest",
)
