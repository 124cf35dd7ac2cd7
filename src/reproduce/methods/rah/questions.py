"""What RAH's five agents ask, and how the replies are read (marks and labels as in the released code)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal, NamedTuple, TypedDict, cast

from reproduce.llm.question import Inputs, Question, Unreadable
from reproduce.methods.agent4rec.profile import names_title
from reproduce.methods.agent4rec.questions import Card

Action = Literal["Like", "Dislike"]

_LONGEST = 20
"""A phrase of more words is cut there."""
_NOTHING = re.compile(
    r"(?:none|nothing(?: yet)?|n/a|unknown(?: yet)?|not applicable|phrase|empty)(?: (?:to list|learned|identified|exists?))?",
    re.I,
)


def _phrase(text: str) -> str:
    words = text.replace("**", "").strip().strip("\"'`*$-+• ").rstrip(".").split()
    return " ".join(words[:_LONGEST])


def _phrases(given: Iterable[str], title: str = "") -> tuple[str, ...]:
    """Each phrase once, without those that say that there is none and those that name the title."""
    plain = map(_phrase, given)
    kept = (each for each in plain if each and not _NOTHING.fullmatch(each) and not (title and names_title(each, [title])))
    return tuple({each.casefold(): each for each in kept}.values())


def _title(inputs: Inputs) -> str:
    return cast(Card, inputs["item"])["title"]


# ---------------------------------------------------------------- perceive: what is known about an item


class Information(TypedDict):
    """What the Perceive agent says of an item."""

    type: str
    description: str
    characteristics: list[str]


def _information_strict(reply: str, _: Inputs) -> Information:
    found = re.fullmatch(
        r"TYPE:[ ]*(\S[^\n]*)\n+DESCRIPTION:[ ]*(\S[^\n]*)\n+CHARACTERISTICS:[ ]*(\S[^\n]*)", reply.strip(), re.IGNORECASE
    )
    if not found:
        raise Unreadable("no lines `TYPE: ...`, `DESCRIPTION: ...` and `CHARACTERISTICS: ...`")
    return Information(type=found[1].strip(), description=found[2].strip(), characteristics=_characteristics(found[3]))


_FIELD = re.compile(r"^\W*(?:item )?(type|description|characteristics?)\b\W{0,4}:[*\s]*", re.IGNORECASE | re.MULTILINE)


def _information_lenient(reply: str, _: Inputs) -> Information:
    """The labels in any order, with marks, texts of several lines, characteristics as a list; the type may be missing."""
    places = list(_FIELD.finditer(reply))
    ends = [place.start() for place in places[1:]] + [len(reply)] * bool(places)
    texts = {
        place[1].lower().rstrip("s"): reply[place.end() : end].strip().split("\n\n")[0]
        for place, end in zip(places, ends, strict=True)
    }
    found = _characteristics(texts.get("characteristic", ""))
    if not texts.get("description") or not found:
        raise Unreadable("no description or no characteristics")
    return Information(type=_line(texts.get("type", "item")), description=_line(texts["description"]), characteristics=found)


def _characteristics(text: str) -> list[str]:
    lines = re.split(r"[;\n]", text)
    return list(_phrases(re.sub(r"^\s*\d+[.)]\s+", "", line) for line in (lines if len(lines) > 1 else text.split(","))))


def _line(text: str) -> str:
    return " ".join(text.replace("**", "").split())


PERCEIVE: Question[Information] = Question(
    prompt="rah/perceive",
    replies="information",
    strict=_information_strict,
    lenient=_information_lenient,
    fallback=lambda inputs: Information(
        type="item", description="Nothing more is known.", characteristics=list(cast(Card, inputs["item"])["genres"])
    ),
    reminder="Reply with three lines: `TYPE: ...`, `DESCRIPTION: ...`, `CHARACTERISTICS: phrase; phrase; phrase`.",
    labels=("DESCRIPTION", "CHARACTERISTICS"),
)


# ---------------------------------------------------------------- learn: phrases from one action

_MARKED = re.compile(r"\$\$ (prefer|disprefer): *(\S.*)", re.IGNORECASE)
_SIDE = re.compile(r"^\W*(?:\$+\W*)?(?:user )?(prefers?|disprefers?)\b\W{0,3}:\**\s*(.+)$", re.IGNORECASE | re.MULTILINE)
_SECTION = re.compile(
    r"^\W*(?:learned|optimi[sz]ed|updated|user|new)\W+(?:user )?(prefer|disprefer)s?\b\W{0,4}:?\**[ \t]*(.*)$", re.IGNORECASE
)

Sides = Mapping[str, Sequence[str]]


def _marked(reply: str) -> Sides:
    """Lines `$$ prefer: ...` and `$$ disprefer: ...`, and no other."""
    found: dict[str, list[str]] = {"prefer": [], "disprefer": []}
    lines = [line.strip() for line in reply.splitlines() if line.strip()]
    for line in lines:
        marked = _MARKED.fullmatch(line)
        if not marked:
            raise Unreadable("not only lines `$$ prefer: ...` and `$$ disprefer: ...`")
        found[marked[1].lower()].append(marked[2])
    if not lines:
        raise Unreadable("no lines `$$ prefer: ...` or `$$ disprefer: ...`")
    return found


def _loose(reply: str) -> Sides:
    """The same lines among others, with other marks or none; else sections `Optimized User Prefer:` with a line per phrase."""
    found: dict[str, list[str]] = {"prefer": [], "disprefer": []}
    plain = reply.replace("**", "")
    for side, phrase in _SIDE.findall(plain):
        found[side.lower().rstrip("s")].append(phrase)
    if not any(found.values()):
        section = ""
        for line in filter(str.strip, plain.splitlines()):
            if begins := _SECTION.match(line):
                section = begins[1].lower()
                line = begins[2]
            if section:
                found[section] += [phrase for phrase in line.split("$$") if phrase.strip()]
        if not section:
            raise Unreadable("no lines `$$ prefer: ...` or `$$ disprefer: ...`")
    return found


def _learnt(sides: Sides, inputs: Inputs) -> tuple[str, ...]:
    """Only preferences if the item was liked, only dispreferences if it was disliked, as the released code has it."""
    return _phrases(sides["prefer" if inputs["action"] == "Like" else "disprefer"], _title(inputs))


LEARN: Question[tuple[str, ...]] = Question(
    prompt="rah/learn",
    replies="personality",
    strict=lambda reply, inputs: _learnt(_marked(reply), inputs),
    lenient=lambda reply, inputs: _learnt(_loose(reply), inputs),
    fallback=lambda _: (),
    reminder="Reply with one to three lines `$$ prefer: phrase` or `$$ disprefer: phrase` and nothing else.",
    labels=("prefer",),
)


# ---------------------------------------------------------------- act: a prediction


def _action_strict(reply: str, _: Inputs) -> Action | None:
    found = re.fullmatch(r"User Comment:[ ]*\S[^\n]*\n+User Action:[ ]*(like|dislike)\.?", reply.strip(), re.IGNORECASE)
    if not found:
        raise Unreadable("no lines `User Comment: ...` and `User Action: ...`")
    return _named(found[1])


def _action_lenient(reply: str, _: Inputs) -> Action | None:
    """The last word like or dislike behind a label `Action`; else a last line that is one of them."""
    labelled = re.findall(r"\bAction\b\W{0,5}(dislikes?|likes?)\b", reply, re.IGNORECASE)
    last = reply.strip().splitlines()[-1] if reply.strip() else ""
    found = labelled[-1:] or re.findall(r"\A\W*(dislikes?|likes?)\W*\Z", last, re.IGNORECASE)
    if not found:
        raise Unreadable("neither Like nor Dislike")
    return _named(found[0])


def _named(word: str) -> Action:
    return "Dislike" if word.lower().startswith("dis") else "Like"


ACT: Question[Action | None] = Question(
    prompt="rah/act",
    replies="action",
    strict=_action_strict,
    lenient=_action_lenient,
    fallback=lambda _: None,
    reminder="Reply with two lines: `User Comment: ` and one sentence, then `User Action: Like` or `User Action: Dislike`.",
    labels=("User Action", "User Comment"),
)


# ---------------------------------------------------------------- critic: was it right, and why not


class Critique(NamedTuple):
    """What the Critic says of a prediction."""

    accurate: bool
    reasons: tuple[str, ...] = ()
    suggestions: tuple[str, ...] = ()


_POINT = re.compile(r"^\W*(reason|suggestion)s?\b\W{0,4}:[*\s]*(\S.*)$", re.IGNORECASE | re.MULTILINE)


def _critique_strict(reply: str, inputs: Inputs) -> Critique:
    first, _, rest = reply.strip().partition("\n")
    found = re.fullmatch(r"Accurate: *(True|False)", first.strip(), re.IGNORECASE)
    if not found or any(line.strip() and not re.match(r"\$\$ (?:reason|suggestion): *\S", line) for line in rest.splitlines()):
        raise Unreadable("no line `Accurate: ...`, or others than `$$ reason: ...` and `$$ suggestion: ...` behind it")
    return _critique(found[1], rest)


def _critique_lenient(reply: str, _: Inputs) -> Critique:
    """`Accurate` anywhere, also answered by yes or no."""
    found = re.search(r"\b(?:Accurate|Accuracy)\b\W{0,5}(true|false|yes|no)\b", reply, re.IGNORECASE)
    unlabelled = re.match(r"\W*(true|false)\b", reply, re.IGNORECASE)
    if not (found or unlabelled):
        raise Unreadable("neither True nor False")
    return _critique((found or cast("re.Match[str]", unlabelled))[1], reply)


def _critique(said: str, points: str) -> Critique:
    found: dict[str, list[str]] = {"reason": [], "suggestion": []}
    for kind, text in _POINT.findall(points):
        found[kind.lower()].append(_line(text))
    return Critique(said.lower() in ("true", "yes"), tuple(found["reason"]), tuple(found["suggestion"]))


CRITIC: Question[Critique] = Question(
    prompt="rah/critic",
    replies="critique",
    strict=_critique_strict,
    lenient=_critique_lenient,
    fallback=lambda _: Critique(accurate=False),
    reminder="Reply with `Accurate: True` or `Accurate: False`, then lines `$$ reason: ...` and `$$ suggestion: ...`.",
    labels=("Accurate",),
)


# ---------------------------------------------------------------- reflect: both lists in good order


class Lists(NamedTuple):
    """What a user prefers and disprefers."""

    prefer: tuple[str, ...] = ()
    disprefer: tuple[str, ...] = ()


def _lists(sides: Sides) -> Lists:
    return Lists(_phrases(sides["prefer"]), _phrases(sides["disprefer"]))


REFLECT: Question[Lists | None] = Question(
    prompt="rah/reflect",
    replies="personality",
    strict=lambda reply, _: _lists(_marked(reply)),
    lenient=lambda reply, _: _lists(_loose(reply)),
    fallback=lambda _: None,
    reminder="Reply with one line `$$ prefer: phrase` or `$$ disprefer: phrase` per phrase and nothing else.",
    labels=("prefer",),
)
