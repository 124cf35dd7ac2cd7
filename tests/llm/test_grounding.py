"""Names against the titles that were shown."""

from __future__ import annotations

import pytest

from reproduce.llm.grounding import bare_title, ground

SHOWN = [
    "Matrix, The (1999)",
    "Sabrina (1954)",
    "Sabrina (1995)",
    "Postino, Il (The Postman) (1994)",
    "Star Trek: First Contact (1996)",
    "Star Trek: Insurrection (1998)",
    "Blade Runner 2049 (2017)",
    "Léon: The Professional (1994)",
]


@pytest.mark.parametrize(
    ("name", "position"),
    [
        ("The Matrix", 0),
        ("matrix, the", 0),
        ('"The Matrix (1999)"', 0),
        ("Star Trek: First Contakt", 4),
        ("Sabrina (1995)", 2),
        ("Il Postino", 3),
        ("Star Trek First Contact", 4),
        ("Blade Runner 2049", 6),
        ("Leon - the professional", 7),
    ],
)
def test_a_name_finds_the_title_that_is_meant(name: str, position: int) -> None:
    assert ground(name, SHOWN) == position


@pytest.mark.parametrize("name", ["", "Sabrina", "Blade Runner", "The Godfather", "Star Trek", "1999"])
def test_a_name_that_fits_none_or_two_titles_is_hallucinated(name: str) -> None:
    assert ground(name, SHOWN) is None


def test_two_titles_that_are_alike_need_a_margin() -> None:
    assert ground("The Incredible Journey", ["The Incredible Journeys", "The Incredible Journeyz"]) is None
    assert ground("The Incredible Journey", ["The Incredible Journeys", "The Godfather"]) == 0


def test_another_part_of_a_series_is_another_title() -> None:
    assert ground("Rocky III", ["Rocky II", "Rocky IV"]) is None
    assert ground("Ocean's 12", ["Ocean's 11"]) is None


def test_nothing_is_found_where_nothing_is_shown() -> None:
    assert ground("The Matrix", []) is None


def test_what_people_leave_out_makes_no_difference() -> None:
    assert (
        bare_title("Cité des enfants perdus, La (1995)")
        == bare_title("la cite des ENFANTS perdus")
        == "la cite des enfants perdus"
    )
