"""Heuristic rules for the prompts of treatment and update: what a hurried expert would answer from the words shown, no more.

The label decides what the expert looks for, so a wrong diagnosis leads to a worse treatment: under `Inaccurate` some description
is blamed even if none contradicts the item, under `Incomplete` a preference is added even if the profile says the opposite.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import TYPE_CHECKING, cast

from reproduce.llm.lexical import DISLIKES, LIKES, MILD_LIKES, STRONG_LIKES, is_vague, speaks_of, stance, wording, words
from reproduce.methods.agent4rec.profile import bare, join, parse
from reproduce.methods.agent4rec.questions import Card
from reproduce.methods.agent4rec.rehearsal import descriptions, opinion
from reproduce.methods.dgdpo.evidence import read_label

if TYPE_CHECKING:
    import numpy as np

Inputs = Mapping[str, object]

_NEUTRAL = 3
"""Rating that speaks neither for nor against a genre."""
_HIGH = 3
"""Rating from which an interaction counts as liking (dgdpo.md 1.6)."""
_OVERLOOKED = 0.1
"""Chance that one of several findings goes unnoticed."""
_MODERATE, _PASSING = 0.5, 0.3
"""Strengths of a moderate and of a passing interest."""


def infer(inputs: Inputs, random: np.random.Generator) -> str:
    """Looks for what the defect type says: a description against the item, a genre of which the profile says nothing, or both."""
    item, profile = cast(Card, inputs["item"]), cast(str, inputs["profile"])
    label, rating = cast(str, inputs["label"]), cast(float, inputs["rating"])
    kind = read_label(label)
    parts: list[str] = []
    if kind in ("inaccurate", "inaccurate_incomplete"):
        phrase, genre = _blamed(profile, item["genres"], random)
        parts.append(
            f'The profile states "{phrase}", which contradicts the real user\'s rating of {rating:.1f} out of 5'
            f' for an item of "{genre}".'
        )
    if kind in ("incomplete", "inaccurate_incomplete"):
        named = " and ".join(f'"{genre}"' for genre in _lacking(profile, item["genres"], random))
        parts.append(
            f"The profile does not mention a preference for {named}, although the real user rated such an item"
            f" {rating:.1f} out of 5."
        )
    return f"[DEFECT]: {label}\n[REASON]: {' '.join(parts)}"


def infer_accepted(inputs: Inputs, random: np.random.Generator) -> str:
    """Blames the description that speaks most for one of the genres; where none does, one that fits everything, else any."""
    item, profile = cast(Card, inputs["item"]), cast(str, inputs["profile"])
    opinions = [(opinion(profile, genre), genre) for genre in item["genres"]]
    speaking = [(found.value, found.phrase, genre) for found, genre in opinions if found.value > 0]
    if speaking:
        _, phrase, genre = max(speaking)
    else:
        known = descriptions(profile)
        blamed = [phrase for phrase in known if is_vague(phrase)] or list(known)
        phrase, genre = blamed[int(random.integers(len(blamed)))], item["genres"][0] if item["genres"] else "unknown"
    return (
        f'[DEFECT]: {inputs["label"]}\n[REASON]: The profile states "{phrase}", which speaks for an item of "{genre}" that the'
        " real user passed over."
    )


def _blamed(profile: str, genres: Sequence[str], random: np.random.Generator) -> tuple[str, str]:
    """The description that goes most against one of the genres; else the weakest one about them; else any that is not vague."""
    opinions = [(opinion(profile, genre), genre) for genre in genres]
    against = [(found.value, found.phrase, genre) for found, genre in opinions if found.phrase]
    if against:
        _, phrase, genre = min(against)
        return phrase, genre
    known = descriptions(profile)
    specific = [phrase for phrase in known if not is_vague(phrase)] or list(known)
    return specific[int(random.integers(len(specific)))], genres[0] if genres else "unknown"


def _lacking(profile: str, genres: Sequence[str], random: np.random.Generator) -> list[str]:
    """The genres that the profile does not mention; else the least liked one. Now and then one is overlooked."""
    unmentioned = [genre for genre in genres if not opinion(profile, genre).phrase]
    if not unmentioned:
        return [min(genres, key=lambda genre: (opinion(profile, genre).value, genre))] if genres else ["this genre"]
    seen = [genre for genre in unmentioned if random.random() >= _OVERLOOKED]
    return seen or unmentioned[:1]


_STATES = re.compile(r'states "([^"]+)", which contradicts the real user\'s rating of ([\d.]+) out of 5 for an item of "([^"]+)"')
_LACKS = re.compile(
    r'does not mention a preference for ((?:"[^"]+"(?: and )?)+), although the real user rated such an item ([\d.]+)'
)
_TOO_MUCH = re.compile(r'states "([^"]+)", which speaks for an item of "([^"]+)" that the real user passed over')


def genopt(inputs: Inputs, random: np.random.Generator) -> str:
    """Turns contradicted descriptions round and adds what is lacking, the more strongly the more stars speak for it.

    Where items were passed over: a description that fits everything goes, one that speaks for two of them becomes weaker.
    """
    corrections: defaultdict[str, defaultdict[str, float]] = defaultdict(lambda: defaultdict(float))
    lacking: defaultdict[str, list[float]] = defaultdict(list)
    passed_over: Counter[tuple[str, str]] = Counter()
    for analysis in cast("list[dict[str, str]]", inputs["analyses"]):
        for phrase, rating, genre in _STATES.findall(analysis["reason"]):
            corrections[phrase][genre] += float(rating) - _NEUTRAL
        passed_over.update(_TOO_MUCH.findall(analysis["reason"]))
        for named, rating in _LACKS.findall(analysis["reason"]):
            for genre in re.findall(r'"([^"]+)"', named):
                lacking[genre].append(float(rating) - _NEUTRAL)
    suggestions: list[str] = []
    for phrase, genres in corrections.items():
        genre, weight = max(genres.items(), key=lambda found: found[1])
        if forms := _correction(phrase, genre, weight):
            suggestions.append(f'Replace "{phrase}" with "{wording(_pick(forms, random), genre)}".')
    corrected = {genre for genres in corrections.values() for genre in genres}
    weights = {genre: sum(stars) for genre, stars in lacking.items() if genre not in corrected}
    ranked = sorted(weights, key=lambda genre: (-abs(weights[genre]), genre))
    suggestions += [f'Add "{wording(_pick(_forms(weights[genre]), random), genre)}".' for genre in ranked[:3] if weights[genre]]
    suggestions += _less(passed_over, {*corrections, *lacking})
    if not suggestions:
        return "- Optimization Suggestions: no changes are needed.\n- Justification: No preference shows clearly enough."
    lines = "\n".join(f"+ {suggestion}" for suggestion in suggestions)
    return f"- Optimization Suggestions:\n{lines}\n- Justification: Each change follows from what the real user rated."


def _correction(phrase: str, genre: str, weight: float) -> Sequence[str]:
    """How to word what the blamed description gets wrong; nothing when too little speaks for a change.

    An interest that is stated too weakly becomes one degree stronger, if two stars or more speak for it.
    """
    said = stance(phrase)
    if said.sign > 0 and speaks_of(phrase, genre):
        degrees = (MILD_LIKES[:1], LIKES, STRONG_LIKES)
        stronger = sum(said.strength >= degree for degree in (0.5, 0.8, 1.0))
        return degrees[stronger] if weight >= 2 and stronger < len(degrees) else ()
    return _forms(weight) if weight > 0 else ()


def _less(passed_over: Mapping[tuple[str, str], int], spoken_for: Collection[str]) -> list[str]:
    """What to take back; nothing of what other cases of the batch speak for (descriptions and genres)."""
    found: list[str] = []
    for (phrase, genre), times in passed_over.items():
        if phrase in spoken_for or genre in spoken_for:
            continue
        if is_vague(phrase):
            found.append(f'Remove "{phrase}".')
        elif times > 1 and stance(phrase).strength > _PASSING:
            weaker = MILD_LIKES[0] if stance(phrase).strength > _MODERATE else MILD_LIKES[1]
            found.append(f'Replace "{phrase}" with "{wording(weaker, genre)}".')
    return found


def _forms(weight: float) -> Sequence[str]:
    """How to word a preference for which so much speaks: stars above or below the neutral rating, summed over the analyses."""
    if weight < 0:
        return DISLIKES
    return STRONG_LIKES if weight > 3 else LIKES if weight > 2 else MILD_LIKES[:1] if weight > 1 else MILD_LIKES[1:]


def _pick(options: Sequence[str], random: np.random.Generator) -> str:
    return options[int(random.integers(len(options)))]


_COVERED = 0.4
"""Opinion of one of its genres from which on a profile covers an item."""

_REPLACE = re.compile(r'Replace "([^"]+)" with "([^"]+)"')
_ADD = re.compile(r'Add "([^"]+)"')
_REMOVE = re.compile(r'Remove "([^"]+)"')
_LONG = 6
"""Descriptions from which on a vague one makes room for each specific one that is added."""


def refine(inputs: Inputs, random: np.random.Generator) -> str:
    """Applies the suggestions: a description of the same thing is strengthened, a contradiction elsewhere is not noticed."""
    suggestions = cast("list[str]", inputs["suggestions"])
    known = list(parse(cast(str, inputs["profile"])))
    if any(suggestion.startswith("Merge") for suggestion in suggestions):
        return join(_merged(known))
    for old, new in (found for suggestion in suggestions for found in _REPLACE.findall(suggestion)):
        known = [new if bare(description) == old else description for description in known]
    for old in (found for suggestion in suggestions for found in _REMOVE.findall(suggestion)):
        known = [description for description in known if bare(description) != old] or known
    for new in (found for suggestion in suggestions for found in _ADD.findall(suggestion)):
        same = [
            at for at, description in enumerate(known) if words(description) == words(new) and _sign(description) == _sign(new)
        ]
        if same:
            known[same[0]] = max(known[same[0]], new, key=lambda description: stance(description).strength)
            continue
        vague = [description for description in known if is_vague(description)]
        if len(known) >= _LONG and vague:
            known.remove(vague[-1])
        known.append(new)
    return join(dict.fromkeys(known))


def _sign(description: str) -> int:
    return stance(description).sign


def _merged(known: Sequence[str]) -> list[str]:
    """One description for each set of words, the newest."""
    return list({words(description): description for description in known}.values())


def update(inputs: Inputs, random: np.random.Generator) -> str:
    """One phrase at most: adds a genre that the profile lacks, softens a dislike that a high rating contradicts, else nothing."""
    profile, item = cast(str, inputs["profile"]), cast(Card, inputs["item"])
    rating = cast("float | None", inputs["rating"])
    if rating is not None and rating < _HIGH:
        return profile
    known = list(parse(profile))
    opinions = [(opinion(profile, genre), genre) for genre in item["genres"]]
    for found, genre in opinions:
        if found.value < 0 and rating is not None and rating > _HIGH:
            mild = wording(MILD_LIKES[0], genre)
            return join(mild if bare(description) == found.phrase else description for description in known)
    lacking = [genre for found, genre in opinions if not found.phrase]
    if lacking and max(found.value for found, _ in opinions) < _COVERED:
        forms = LIKES if rating is not None and rating > _HIGH else MILD_LIKES
        return join((*known, wording(forms[int(random.integers(len(forms)))], lacking[0])))
    return profile


RULES: dict[str, Callable[[Inputs, np.random.Generator], str]] = {
    "dgdpo/infer": infer,
    "dgdpo/infer_accepted": infer_accepted,
    "dgdpo/genopt": genopt,
    "dgdpo/refine": refine,
    "dgdpo/update": update,
}
