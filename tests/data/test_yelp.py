"""Yelp's businesses and reviews, sound and broken; the filter by state."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as some

from reproduce.data import raw, sources
from reproduce.data.sources.yelp import flat
from reproduce.errors import DataError

BUSINESSES = [
    {
        "business_id": "B1",
        "name": "Kite &amp; Co",
        "state": "MO",
        "city": "Affton",
        "attributes": {
            "WiFi": "u'free'",
            "NoiseLevel": "'very_loud'",
            "BusinessParking": "{'garage': False, 'street': True, 'lot': True}",
            "RestaurantsPriceRange2": "2",
            "Music": "None",
        },
        "categories": "Pubs, Food, Pubs, Coffee & Tea",
    },
    {"business_id": "B2", "name": "Bare", "state": "MO", "city": "Kirkwood", "attributes": None, "categories": None},
    {"business_id": "B3", "name": "Far", "state": "PA", "city": "Affton", "attributes": {}, "categories": ""},
    {"business_id": "B1", "name": "The same again", "state": "MO", "attributes": None, "categories": None},
]
REVIEWS = [
    {"user_id": "U2", "business_id": "B1", "stars": 5.0, "date": "2022-01-19 19:48:45", "text": "Fine."},
    {"user_id": "U1", "business_id": "B2", "stars": 1.0, "date": "2021-01-01 00:00:00", "text": ""},
    {"user_id": "U1", "business_id": "B3", "stars": 4.0, "date": "2020-01-01 00:00:00", "text": "Elsewhere."},
    {"user_id": "U1", "business_id": "B9", "stars": 4.0, "date": "2020-01-01 00:00:00", "text": "Unknown."},
    {"user_id": "U1", "business_id": "B1", "stars": 2, "date": "2020-05-05", "text": "Old: a day\u2028only."},
]


def lines(rows):
    return "".join(json.dumps(row) + "\n" for row in rows)


def given_as(write, reviews=REVIEWS, businesses=BUSINESSES, keep=None):
    files = {
        "business": businesses if isinstance(businesses, str) else lines(businesses),
        "reviews": reviews if isinstance(reviews, str) else lines(reviews),
    }
    source = write("yelp", files)
    source.source = source.source.model_copy(update={"keep": keep or {}})
    return source


def read(write, **options):
    return sources.load(given_as(write, **options))


def test_reviews_of_one_state_are_read_and_all_others_are_counted(write):
    log = read(write, keep={"state": "MO"})
    assert log.users["raw_id"].tolist() == ["U1", "U2"]
    assert log.items["raw_id"].tolist() == ["B1", "B2"]
    assert [tuple(row) for row in log.interactions.to_numpy().tolist()] == [
        (0, 0, 2, 1_588_636_800),
        (0, 1, 1, 1_609_459_200),
        (1, 0, 5, 1_642_621_725),
    ]
    assert tuple(log.reviews) == ("Old: a day\u2028only.", "", "Fine.")
    assert log.counts["rows"] == 5
    assert log.counts["rows_with_text"] == 2
    assert log.counts["rows_elsewhere_dropped"] == log.counts["rows_without_business_dropped"] == 1
    assert log.counts["items_without_categories"] == log.counts["items_without_attributes"] == 1
    assert log.counts["items_without_metadata"] == 0


def test_without_a_filter_everything_stays_and_unknown_businesses_have_no_metadata(write):
    log = read(write)
    assert len(log.interactions) == 5
    assert "rows_elsewhere_dropped" not in log.counts
    assert log.counts["items_without_metadata"] == 1
    assert log.items.set_index("raw_id")["title"].tolist() == ["Kite & Co", "Bare", "Far", "item B9"]


def test_two_filters_hold_together(write):
    log = read(write, keep={"state": "MO", "city": "Affton"})
    assert log.items["raw_id"].tolist() == ["B1"]


def test_categories_and_attributes_are_told_as_a_person_would(write):
    card = read(write).items.set_index("raw_id").loc["B1"]
    assert card["genres"] == ("Pubs", "Food", "Coffee & Tea")
    assert card["description"] == "WiFi: free; Noise level: very loud; Parking: street, lot; Price range: 2 of 4"


@pytest.mark.parametrize(
    ("attributes", "told"),
    [
        (
            {"BusinessAcceptsCreditCards": "True", "BYOB": "False", "HasTV": "True"},
            "Accepts credit cards: yes; BYOB: no; Has TV: yes",
        ),
        (
            {"BYOBCorkage": "u'yes_free'", "GoodForKids": True, "RestaurantsGoodForGroups": "True"},
            "BYOB corkage: yes free; Good for kids: yes; Good for groups: yes",
        ),
        ({"Ambience": "{'divey': None, 'trendy': False}"}, "Ambience: none"),
        ({"Ambience": "{'divey': None}", "Music": "{}", "WiFi": "None", "Smoking": None}, ""),
        ({"Parking": {"lot": True, "fee": "none"}}, "Parking: lot, fee none"),
        ({"Odd": "{'unclosed", "Hours": ["a", 1]}, "Odd: {'unclosed; Hours: ['a', 1]"),
        ({"": "True", "24h": "True"}, ": yes; H: yes"),
        ({"Business": "True", "Restaurants": "False"}, "Business: yes; Restaurants: no"),
        ({}, ""),
    ],
)
def test_attributes_are_flattened(attributes, told):
    assert flat(attributes) == told


@given(
    some.dictionaries(
        some.text(), some.none() | some.booleans() | some.text() | some.dictionaries(some.text(), some.none() | some.text())
    )
)
def test_whatever_attributes_hold_they_become_one_line(attributes):
    assert "\n" not in flat(attributes)


def test_an_unknown_state_is_refused_with_the_states_that_there_are(write):
    with pytest.raises(
        DataError, match=r"business.json: no business has state `XX` \(most have MO, PA\); correct `keep` of source"
    ):
        read(write, keep={"state": "XX"})


def test_businesses_without_any_review_are_refused(write):
    with pytest.raises(DataError, match=r"reviews.json.gz: no review is of a business that `keep` leaves"):
        read(write, reviews=REVIEWS[2:4], keep={"state": "MO"})


@pytest.mark.parametrize(
    ("change", "fact"),
    [
        ({"stars": 0}, r"reviews.json.gz:2: `stars` must be 1 to 5, not 0"),
        ({"stars": "5"}, r"reviews.json.gz:2: `stars` is missing or of the wrong type; a review has user_id"),
        ({"date": "yesterday"}, r"reviews.json.gz:2: `date` must be like `2022-01-19 19:48:45`, not `yesterday`"),
        ({"date": ""}, r"reviews.json.gz:2: `date` must be like"),
        ({"date": "2022"}, r"reviews.json.gz:2: `date` must be like"),
        ({"user_id": None}, r"reviews.json.gz:2: `user_id` is missing"),
    ],
)
def test_a_broken_review_is_refused_with_its_line(write, change, fact):
    with pytest.raises(DataError, match=fact) as refused:
        read(write, reviews=[REVIEWS[0], {**REVIEWS[1], **change}])
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("businesses", "fact"),
    [
        (lines(BUSINESSES)[:-9], r"business.json:4: is no JSON object \(the line may be cut\)"),
        ([{"name": "No id"}], r"business.json:1: `business_id` is missing"),
        ([{**BUSINESSES[0], "attributes": ["WiFi"]}], r"business.json:1: `attributes` must be an object or null"),
        ([{**BUSINESSES[0], "categories": 7}], r"business.json:1: `categories` must be a text"),
        ("", r"business.json: is empty"),
    ],
)
def test_a_broken_business_is_refused_with_its_line(write, businesses, fact):
    with pytest.raises(DataError, match=fact) as refused:
        read(write, businesses=businesses)
    assert "\n" not in str(refused.value)


def test_flaws_that_do_no_harm_are_read_over(write):
    odd = json.dumps({**REVIEWS[0], "text": None})
    cut = '{"user_id": "U3", "business_id": "B1", "stars": 3, "date": "2022-01-01 00:00:00", "text": "Half \\ud83d."}'
    log = read(write, reviews=f"{odd}\n\n{cut}\n", keep={"state": "MO"})
    assert tuple(log.reviews) == ("", "Half ?.")


@pytest.mark.parametrize("size", [200, 1 << 22])
def test_blocks_of_any_size_give_the_same(write, monkeypatch, size):
    whole = read(write, keep={"state": "MO"})
    monkeypatch.setattr(raw, "_BLOCK", size)
    blocks = read(write, keep={"state": "MO"})
    assert blocks.interactions.equals(whole.interactions)
    assert (tuple(blocks.reviews), blocks.counts) == (tuple(whole.reviews), whole.counts)
