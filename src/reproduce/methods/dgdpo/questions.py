"""What the treatment and the update ask (DGDPO, Appendix B and "Bidirectional Evolution"), and how the replies are read."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import cast

from reproduce.llm.question import Inputs, Question, Unreadable
from reproduce.methods.agent4rec.profile import END, START
from reproduce.methods.dgdpo.evidence import read_label

# ---------------------------------------------------------------- infer: the reason of a defect


def _reason_strict(reply: str, _: Inputs) -> str:
    found = re.fullmatch(r"\s*\[DEFECT\]: *(\S[^\n]*)\n+\[REASON\]: *(\S.*?)\s*", reply, re.DOTALL | re.IGNORECASE)
    if not found or read_label(found[1]) is None:
        raise Unreadable("no lines `[DEFECT]: ...` and `[REASON]: ...`")
    return " ".join(found[2].split())


def _reason_lenient(reply: str, inputs: Inputs) -> str:
    """The text after the label `REASON`, or after a line that is a defect; which defect the reply names is not used."""
    found = re.search(r"\bREASON\b\W{0,6}(\S.*)", reply, re.DOTALL | re.IGNORECASE)
    first, _, rest = reply.strip().partition("\n")
    unlabelled = rest if read_label(first) and "defect" not in first.lower() and len(first) < 40 else ""
    reason = " ".join((found[1] if found else unlabelled).split()).strip("* ")
    if not reason:
        raise Unreadable("no reason")
    return reason


INFER: Question[str] = Question(
    prompt="dgdpo/infer",
    replies="defect",
    strict=_reason_strict,
    lenient=_reason_lenient,
    fallback=lambda inputs: f"The profile is {str(inputs['label']).lower()} with regard to the item.",
    reminder="Reply with two lines, `[DEFECT]: ` and the defect type, then `[REASON]: ` and the explanation.",
    labels=("[REASON]", "[DEFECT]"),
)
INFER_ACCEPTED: Question[str] = replace(INFER, prompt="dgdpo/infer_accepted")
"""The same of an item that the user never interacted with (ours, `dgdpo.opt_negatives`)."""


# ---------------------------------------------------------------- genopt: optimization suggestions

_BULLET = re.compile(r"^\s*(?:[+*•-]|\d+[.)])\s+(\S.*)$")
_HEADING = re.compile(r"^\W*Optimization Suggestions?\W*:?\W*$", re.IGNORECASE)
_MARK = re.compile(r"^\[?suggestion\s*\d*\]?\s*:?\s*", re.IGNORECASE)
_NOTHING = re.compile(
    r"\bno (?:changes?|modifications?|suggestions?|optimizations?) (?:is |are )?(?:needed|necessary|required)", re.IGNORECASE
)


def _suggestions_strict(reply: str, _: Inputs) -> tuple[str, ...]:
    lines = [line for line in _before_justification(reply).splitlines() if line.strip()]
    if not lines or not _HEADING.match(lines[0]):
        raise Unreadable("no heading `Optimization Suggestions:`")
    bullets = [_BULLET.match(line) for line in lines[1:]]
    if not bullets or not all(bullets):
        raise Unreadable("no suggestions as bullets")
    return _tidy(bullet[1] for bullet in bullets if bullet)


def _suggestions_lenient(reply: str, _: Inputs) -> tuple[str, ...]:
    """Bullets anywhere before the justification, or the text of the heading's own line; none when no change is needed."""
    text = _before_justification(reply)
    found = re.search(r"Optimization Suggestions?\W*:?[*\s]*(.*)", text, re.DOTALL | re.IGNORECASE)
    body = found[1] if found else text
    bullets = [bullet[1] for line in body.splitlines() if (bullet := _BULLET.match(line))]
    line = " ".join(body.split()).strip("*") if found else ""
    if not bullets and not line:
        raise Unreadable("no suggestions")
    return _tidy(bullets or [line])


def _tidy(bullets: Iterable[str]) -> tuple[str, ...]:
    """Suggestions without marks; one that says that nothing is to be changed is none."""
    plain = (_MARK.sub("", bullet.replace("**", "")).strip() for bullet in bullets)
    return tuple(suggestion for suggestion in plain if suggestion and not _NOTHING.search(suggestion))


def _before_justification(reply: str) -> str:
    return re.split(r"^\W*Justifications?\b", reply, maxsplit=1, flags=re.IGNORECASE | re.MULTILINE)[0]


GENOPT: Question[tuple[str, ...]] = Question(
    prompt="dgdpo/genopt",
    replies="suggestions",
    strict=_suggestions_strict,
    lenient=_suggestions_lenient,
    fallback=lambda _: (),
    reminder="Reply with the line `- Optimization Suggestions:`, one line `+ ...` per suggestion, then `- Justification: ...`.",
    labels=("Optimization Suggestion",),
)


# ---------------------------------------------------------------- refine and update: the new profile line

_NO_PROFILE = re.compile(
    r"^\W*(?:i'm sorry|i am sorry|sorry|i cannot|i can't|as an ai|unfortunately|sure\b|certainly\b)", re.IGNORECASE
)
_UNCHANGED = re.compile(
    r"\bno (?:changes?|updates?|adjustments?)\b|\b(?:remains?|stays?|left) (?:unchanged|the same)", re.IGNORECASE
)
_LABEL = re.compile(
    r"^\W*(?:here(?:'s| is)\s+)?(?:(?:the|your|optimized|updated|refined|revised|new|current|simulated|user|final)\s+)*"
    r"profile(?:\s+description)?\W*:\W*",
    re.IGNORECASE,
)


def _refined_strict(reply: str, inputs: Inputs) -> str:
    line = reply.strip()
    if not line or "\n" in line or START in line or END in line or line[0] in "\"'#*-+`":
        raise Unreadable("not one bare profile line")
    if any(pattern.search(line) for pattern in (_LABEL, _NO_PROFILE, _UNCHANGED)):
        raise Unreadable("not one bare profile line")
    return _related(line, inputs)


def _refined_lenient(reply: str, inputs: Inputs) -> str:
    """The first paragraph without markers, label, quotes and bullets, its lines as one; the old profile if it is to stay."""
    marked = re.search(rf"{re.escape(START)}(.*?)(?:{re.escape(END)}|\Z)", reply, re.DOTALL)
    text = (marked[1] if marked else reply).replace("**", "").strip()
    paragraphs = [paragraph for paragraph in re.split(r"\n\s*\n", text) if not _only_heading(paragraph)]
    lines = [line for line in paragraphs[0].splitlines() if not _only_heading(line)] if paragraphs else []
    bare = [re.sub(r"^\s*(?:[-+*•]|\d+[.)])\s+", "", _LABEL.sub("", line)).strip().strip("\"'`") for line in lines]
    line = ", ".join(part.rstrip(",") for part in bare if part)
    if not marked and _UNCHANGED.search(line):
        return cast(str, inputs["profile"])
    if not line or _NO_PROFILE.match(line):
        raise Unreadable("no profile line")
    return _related(line, inputs)


def _related(line: str, inputs: Inputs) -> str:
    """The line, which has a word in common with the old profile: a refinement goes on from it, chatter does not."""
    old, new = (set(re.findall(r"\w{4,}", text.lower())) for text in (cast(str, inputs["profile"]), line))
    if old and not old & new:
        raise Unreadable("a line that has nothing of the old profile")
    return line


def _only_heading(text: str) -> bool:
    return not _LABEL.sub("", text).strip(' \n"*#`') or re.fullmatch(r"\s*#+[^\n]*|[^,\n]{0,80}:\s*", text) is not None


REFINE: Question[str] = Question(
    prompt="dgdpo/refine",
    replies="refined",
    strict=_refined_strict,
    lenient=_refined_lenient,
    fallback=lambda inputs: cast(str, inputs["profile"]),
    reminder="Reply with the profile line alone: phrases separated by commas, no heading, no marker.",
)
UPDATE: Question[str] = Question(
    prompt="dgdpo/update",
    replies="refined",
    strict=_refined_strict,
    lenient=_refined_lenient,
    fallback=lambda inputs: cast(str, inputs["profile"]),
    reminder="Reply with the profile line alone: phrases separated by commas, no heading, no marker.",
)
