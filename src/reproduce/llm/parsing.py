"""The steps of the parsing ladder that are the same for every prompt: normalise, tell a refusal, read."""

from __future__ import annotations

import re
import unicodedata
from typing import TypeVar

from reproduce.llm.question import Inputs, Question, Status, Unreadable
from reproduce.llm.request import Answer

T = TypeVar("T")


class Refusal(Exception):
    """The model declined to answer. Never leaves `llm/`: the ladder asks once more, then falls back."""


_ALIKE = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad"),
        "：": ":",
        "\r": "\n",
    }
)
_THOUGHT = re.compile(r"<(think|thinking)>.*?(?:</\1>|\Z)", re.DOTALL | re.IGNORECASE)
_THOUGHT_END = re.compile(r"\A.*</think(?:ing)?>", re.DOTALL | re.IGNORECASE)
_FENCE = re.compile(r"```[\w+-]*[ \t]*$|```", re.MULTILINE)


def normalise(text: str) -> str:
    """The reply in plain characters: NFKC, no code fences and thoughts, one kind of quotes, dashes and colons, single spaces.

    Line breaks stay, since formats use them. A thought that was cut off takes the rest of the reply with it; one whose beginning
    stands in the prompt (as in Qwen's template) ends at `</think>`.
    """
    text = _THOUGHT_END.sub("", _THOUGHT.sub("", text.replace("\r\n", "\n").translate(_ALIKE)))
    text = unicodedata.normalize("NFKC", _FENCE.sub("", text))
    lines = (" ".join(line.split()) for line in text.split("\n"))
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


_OPENER = re.compile(
    r"\W*(?:(?:i'?m|i am|we'?re|we are)\s+(?:\w+\s+)?(?:sorry|unable|not able)\b|sorry\b|(?:my )?apologies\b|i apologi[sz]e\b"
    r"|(?:i|we)\s+(?:cannot|can'?t|can not|won'?t|will not|must decline|have to decline)\b"
    r"|as an? (?:ai|artificial intelligence|language model|large language model)\b|unfortunately,?\s+(?:i|we)\b)",
    re.IGNORECASE,
)


def sounds_refused(reply: str, labels: tuple[str, ...]) -> bool:
    """Whether a normalised reply begins as refusals do and holds none of the labels that its format asks for."""
    folded = reply.casefold()
    return bool(_OPENER.match(reply)) and not any(label.casefold() in folded for label in labels)


def read(question: Question[T], answer: Answer, inputs: Inputs) -> tuple[T, Status]:
    """The value of one answer, and by which parser. Raises Refusal or Unreadable."""
    if answer.finish == "refusal":
        raise Refusal
    reply = normalise(answer.text)
    try:
        return question.strict(reply, inputs), "strict"
    except Unreadable:
        if sounds_refused(reply, question.labels):
            raise Refusal from None
        return question.lenient(reply, inputs), "lenient"
