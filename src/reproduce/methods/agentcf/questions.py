"""What AgentCF's user and item agents ask, and how the replies are read (labels as in the released code)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypedDict, cast

from reproduce.llm.grounding import ground
from reproduce.llm.question import Inputs, Question, Unreadable
from reproduce.methods.agent4rec.profile import names_title


class Option(TypedDict):
    """One of two items, as it is shown."""

    title: str
    description: str


def _options(inputs: Inputs) -> Sequence[Option]:
    return cast("Sequence[Option]", inputs["options"])


# ---------------------------------------------------------------- forward: a choice of two


class Choice(NamedTuple):
    """Which of the two, from 1; None: the reply names neither."""

    number: int | None
    explanation: str = ""


_CHOICE = re.compile(r"\b(?:choice|choose|chosen|select\w*)\b\W{0,5}(?:is\W+)?(?:item|number|option|no)?\W{0,3}([12])\b", re.I)
_EXPLAINED = re.compile(r"\bExplanation\b\W{0,4}:[*\s]*(\S.*)", re.DOTALL | re.IGNORECASE)


def _choice_strict(reply: str, _: Inputs) -> Choice:
    found = re.fullmatch(r"Choice: *([12])\.?[ ]*\n+Explanation: *(\S.*)", reply.strip(), re.DOTALL | re.IGNORECASE)
    if not found:
        raise Unreadable("no lines `Choice: ...` and `Explanation: ...`")
    return Choice(int(found[1]), _line(found[2]))


def _choice_lenient(reply: str, inputs: Inputs) -> Choice:
    """The number behind a label or at the very start; else the shown title that the label is followed by."""
    plain = reply.replace("**", "")
    explained = _EXPLAINED.search(plain)
    first, _, rest = plain.strip().partition("\n")
    said = _line((explained[1] if explained else rest.strip()).split("\n\n")[0])
    found = _CHOICE.search(plain) or re.match(r"\W*(?:item\W*|option\W*)?([12])\W*(?:\Z|\n)", plain, re.IGNORECASE)
    if found:
        return Choice(int(found[1]), said)
    named = re.sub(r"^\W*(?:my )?choice\W*:\W*", "", first, flags=re.IGNORECASE)
    place = ground(named, [option["title"] for option in _options(inputs)]) if len(named) > 1 else None
    if place is None:
        raise Unreadable("neither item is chosen")
    return Choice(place + 1, said)


FORWARD: Question[Choice] = Question(
    prompt="agentcf/forward",
    replies="choice",
    strict=_choice_strict,
    lenient=_choice_lenient,
    fallback=lambda _: Choice(None),
    reminder="Reply with two lines: `Choice: 1` or `Choice: 2`, then `Explanation: ` and two or three sentences.",
    labels=("Choice", "Explanation"),
)


# ---------------------------------------------------------------- the user's new self-introduction


class Text(NamedTuple):
    """A text without sentences that name one of the two titles, within its limit."""

    text: str
    dropped: int = 0
    """Sentences that named a title: that of the other item would give it away where it is a candidate."""
    cut: int = 0
    """Words that went because of the limit."""


_INTRODUCTION = re.compile(
    r"\b(?:updated|new)?\s*self-introduction\b(?:\s+is)?\W{0,4}:[*\s]*\"?(\S.*)", re.DOTALL | re.IGNORECASE
)


def _introduction_strict(reply: str, inputs: Inputs) -> Text:
    found = re.fullmatch(r"My updated self-introduction: *(\S.*)", reply.strip(), re.DOTALL | re.IGNORECASE)
    if not found or "\n\n" in found[1]:
        raise Unreadable("no text behind `My updated self-introduction:`")
    return limited(found[1], inputs)


def _introduction_lenient(reply: str, inputs: Inputs) -> Text:
    """The first paragraph behind the label; else a reply in the first person."""
    plain = reply.replace("**", "")
    found = _INTRODUCTION.search(plain)
    text = (found[1] if found else plain.strip()).split("\n\n")[0]
    if not found and not re.match(r"\W*(?:I|My|As an?)\b", text):
        raise Unreadable("no self-introduction")
    return limited(text, inputs)


def limited(text: str, inputs: Inputs) -> Text:
    """The sentences that name no shown title, as many words as are allowed, ending with a whole sentence if there is one."""
    titles = [option["title"] for option in _options(inputs)]
    sentences = re.split(r"(?<=[.!?])\s+", _line(text).strip("\"'"))
    kept = [sentence for sentence in sentences if not names_title(sentence, titles)]
    words, most = " ".join(kept).split(), cast(int, inputs["words"])
    line = " ".join(words[:most])
    if len(words) > most and (ends := [end.end() for end in re.finditer(r"[.!?](?=\s|$)", line)]):
        line = line[: ends[-1]]
    if not re.search(r"\w", line):
        raise Unreadable("an empty text, or one that names titles only")
    return Text(line, len(sentences) - len(kept), len(words) - len(line.split()))


def _line(text: str) -> str:
    return " ".join(text.replace("**", "").split())


def _introduction(prompt: str) -> Question[Text]:
    return Question(
        prompt=prompt,
        replies="introduction",
        strict=_introduction_strict,
        lenient=_introduction_lenient,
        fallback=lambda inputs: Text(cast(str, inputs["memory"])),
        reminder="Reply with `My updated self-introduction: ` and the self-introduction, and nothing else.",
        labels=("self-introduction",),
    )


UPDATE_RIGHT = _introduction("agentcf/update_right")
UPDATE_WRONG = _introduction("agentcf/update_wrong")


# ---------------------------------------------------------------- the items' new descriptions

Both = tuple[Text, Text]

_DESCRIPTION = re.compile(
    r"(?:updated )?description of the (first|second) [\w&' ]{1,40}?(?: is)?\W{0,3}:[*\s]*(.*?)"
    r"(?=\s+(?:[-+*]+|\d+[.)])?\s*(?:The )?(?:updated )?description of the (?:first|second)\b|\n\n|\Z)",
    re.DOTALL | re.IGNORECASE,
)


def _descriptions_strict(reply: str, inputs: Inputs) -> Both:
    lines = [line for line in reply.strip().splitlines() if line.strip()]
    starts = [f"The updated description of the {place} item is:" for place in ("first", "second")]
    if len(lines) != 2 or not all(line.lower().startswith(start.lower()) for line, start in zip(lines, starts, strict=True)):
        raise Unreadable("not the two lines `The updated description of the first/second item is: ...`")
    return _both([line[len(start) :] for line, start in zip(lines, starts, strict=True)], inputs)


def _descriptions_lenient(reply: str, inputs: Inputs) -> Both:
    """The two texts anywhere, in any order, whatever the item is called; else two numbered lines."""
    plain = reply.replace("**", "")
    found = {place.lower(): text for place, text in _DESCRIPTION.findall(plain)}
    numbered = dict(re.findall(r"^\W*([12])[.):]\s*(\S.*)$", plain, re.MULTILINE))
    texts = [found.get(place) or numbered.get(number) for place, number in (("first", "1"), ("second", "2"))]
    if not all(texts):
        raise Unreadable("a description is missing")
    return _both([text for text in texts if text], inputs)


def _both(texts: Sequence[str], inputs: Inputs) -> Both:
    """Each description; it may name its own title, which is shown beside it anyway, but not the other one's."""
    first, second = (
        limited(text, {**inputs, "options": [other]}) for text, other in zip(texts, reversed(_options(inputs)), strict=True)
    )
    return first, second


def _unchanged(inputs: Inputs) -> Both:
    first, second = (Text(option["description"]) for option in _options(inputs))
    return first, second


UPDATE_ITEMS: Question[Both] = Question(
    prompt="agentcf/update_items",
    replies="descriptions",
    strict=_descriptions_strict,
    lenient=_descriptions_lenient,
    fallback=_unchanged,
    reminder="Reply with two lines: `The updated description of the first item is: ...`, then the same for the second item.",
    labels=("description of the first", "description of the second"),
)
