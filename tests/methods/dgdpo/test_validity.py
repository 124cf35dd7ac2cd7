"""When a refined or updated profile takes the place of the old one (dgdpo.md 8, DG-D20)."""

from __future__ import annotations

import pytest

from reproduce.methods.dgdpo.profile import changed_share, edit_distance, rejection, without_repeats
from reproduce.params import DgdpoKnobs

KNOBS = DgdpoKnobs(max_characters=60, max_descriptions=5)
TITLES = ("Matrix, The (1999)", "Heat (1995)", "Quiet River (1971)")
CASES = [
    ("Drama fan, Crime (moderate interest), Disinterest in Horror.", None),
    ("", "empty"),
    (" , . ", "empty"),
    ("[PROFILE_START] Drama [PROFILE_END]", "markers"),
    ("## Profile\nDrama, Crime", "heading"),
    ("**Likes**: Drama", "heading"),
    ("Updated Profile: Drama, Crime", "heading"),
    ("Drama, " * 9 + "Crime", "too_long"),
    ("Loves The Matrix, Crime", "names_a_title"),
    ("Films like Quiet River, Crime", "names_a_title"),
    ("Drama with 'Heat', Crime", "names_a_title"),
    ("Heat of passion, Crime", None),
    ("Drama, Crime, War, Action, Comedy, Horror", "too_many_descriptions"),
]


@pytest.mark.parametrize(("text", "because"), CASES, ids=[text[:30] or "nothing" for text, _ in CASES])
def test_a_profile_is_rejected_for_the_right_reason(text, because):
    assert rejection(text, TITLES, KNOBS) == because


def test_of_repeated_descriptions_the_oldest_goes():
    assert without_repeats("Drama fan, Crime, drama Fan, War.") == "Crime, drama Fan, War."


@pytest.mark.parametrize(
    ("old", "new", "distance"),
    [
        ("a b c", "a b c", 0),
        ("a b c", "a x c", 1),
        ("a b c", "a c", 1),
        ("a b c", "z a b c d", 2),
        ("", "a b", 2),
        ("a b", "", 2),
    ],
)
def test_edit_distance_counts_words(old, new, distance):
    assert edit_distance(old.split(), new.split()) == distance


def test_the_changed_share_is_relative_to_the_old_profile():
    assert changed_share("Drama fan, Crime fan, War fan", "Drama fan, Crime fan, War fan, Comedy fan") == pytest.approx(2 / 6)
