"""Words that films and books of the town share: for titles, names, premises and short headlines.

Titles hold no word for a genre or an aspect, so that a title tells no taste.
"""

from __future__ import annotations

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
