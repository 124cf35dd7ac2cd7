"""What `annotate` writes for a diagnosis model: the corpus folder that training and testing read (dgdpo.md 1.6, 1.7).

`profiles.jsonl` (user, profile, asked, pairs), `pretrain.jsonl` (user, item, text), `defects.jsonl` (a labelled sample per line)
and `task.json`: the constant parts of every sample (System and Instruction of Figure 9 a), the prompt they came from, the output
asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from reproduce.data.prepared import Dataset, Item
from reproduce.llm.prompts import Prompt
from reproduce.llm.question import Llm
from reproduce.methods.agent4rec.questions import card
from reproduce.methods.agent4rec.simulator import Agent4Rec
from reproduce.methods.dgdpo import contrastive, samples
from reproduce.methods.dgdpo.cases import LABELS
from reproduce.methods.dgdpo.corpus import Portrait, collect, text
from reproduce.methods.dgdpo.evidence import output, plain, steps
from reproduce.methods.dgdpo.opposites import opposites, turns_of_genres, words_of
from reproduce.methods.dgdpo.phrases import STANCES
from reproduce.methods.dgdpo.relevance import similarity
from reproduce.methods.dgdpo.samples import Cells
from reproduce.methods.dgdpo.synthesis import Sample, Split
from reproduce.params import CorpusKnobs, DiagnoserKnobs
from reproduce.seeds import stream

Row = dict[str, object]


@dataclass(frozen=True)
class Annotated:
    """The content of a corpus folder, and what was counted on the way."""

    profiles: list[Row]
    pretrain: list[Row]
    defects: list[Row]
    task: Row
    counters: dict[str, int]


async def annotate(
    llm: Llm,
    simulator: Agent4Rec,
    dataset: Dataset,
    prompt: Prompt,
    alpha: float,
    knobs: CorpusKnobs,
    sizes: DiagnoserKnobs,
    seed: int,
) -> Annotated:
    """The corpus users' profiles, the corpus, and the labelled defects. `prompt` is `dgdpo/diag`."""
    users = dataset.simulated(sizes.corpus_users)
    portraits = await collect(simulator, dataset, users, alpha, knobs.items_per_user, seed)
    genres = sorted({genre for item in dataset.items.index for genre in dataset.item(item).genres})
    cells = Cells.drawn(seed, users, [int(item) for item in dataset.items.index])
    labelled = await _labelled(llm, portraits, cells, genres, knobs, sizes, seed)
    texts = list(_texts(portraits, cells, genres, labelled.words, sizes, seed))
    counters = {
        "corpus_users": len(users),
        "asked": sum(portrait.asked for portrait in portraits),
        "pairs": sum(len(portrait.pairs) for portrait in portraits),
        "opposites": labelled.opposites,
    }
    return Annotated(
        profiles=[{"user": p.user, "profile": p.profile, "asked": p.asked, "pairs": len(p.pairs)} for p in portraits],
        pretrain=texts,
        defects=[_row(number, sample, prompt, sizes) for number, sample in enumerate(labelled.samples)],
        task=task(prompt, sizes, genres),
        counters=counters,
    )


@dataclass(frozen=True)
class _Labelled:
    samples: list[Sample]
    words: Mapping[int, contrastive.Words]
    opposites: int


async def _labelled(
    llm: Llm,
    portraits: Sequence[Portrait],
    cells: Cells,
    genres: Sequence[str],
    knobs: CorpusKnobs,
    sizes: DiagnoserKnobs,
    seed: int,
) -> _Labelled:
    """Samples of the form that is trained on; the paper's literal ones always, so that their shortcuts can be shown."""
    planned = samples.literal_plans(portraits, similarity(knobs.encoder), knobs.relevance, seed)
    turns = [turn for each in planned if (turn := each.turn)]
    if sizes.form == "contrastive":
        turns += turns_of_genres(portraits, genres)
    found = await opposites(llm, turns, knobs.opposite)
    words = {portrait.user: words_of(portrait, genres, found) for portrait in portraits}
    literal = samples.literal_samples(planned, cells, genres, found, sizes.finetune_samples, seed)
    if sizes.form == "literal":
        return _Labelled(literal, words, len(found))
    kept = [replace(s, split="literal") if s.split == "random" else s for s in literal if s.split in ("train", "random")]
    counts: dict[Split, int] = dict.fromkeys(samples.HOMES, sizes.test_samples)
    counts["train"] = sizes.finetune_samples
    contrasted = samples.contrastive_samples(portraits, cells, genres, words, counts, seed)
    return _Labelled([*contrasted, *_first(kept, sizes.test_samples)], words, len(found))


def _first(literal: Sequence[Sample], most: int) -> list[Sample]:
    """All training samples, and at most so many test samples."""
    tested = [sample for sample in literal if sample.split == "literal"]
    return [*(sample for sample in literal if sample.split == "train"), *tested[:most]]


def _texts(
    portraits: Sequence[Portrait],
    cells: Cells,
    genres: Sequence[str],
    words: Mapping[int, contrastive.Words],
    sizes: DiagnoserKnobs,
    seed: int,
) -> Iterator[Row]:
    """The pre-training corpus of training users and items, shuffled.

    With rationale `reason` each pair is one text, as printed. With `stance` a pair is told several times, each time with another
    profile that explains it, until there are enough texts; easy ones are a phase of their own, which is trained on first.
    """
    pairs = [
        pair
        for portrait in portraits
        for pair in portrait.pairs
        if cells.users[pair.user] == "train" and cells.items[pair.item.item] == "train"
    ]
    random = stream(seed, "corpus order")
    if sizes.rationale == "reason":
        for at in random.permutation(len(pairs))[: sizes.pretrain_samples]:
            pair = pairs[at]
            told = text(pair.profile, pair.item, pair.rating, pair.reason)
            yield {"user": pair.user, "item": pair.item.item, "text": told, "phase": 0}
        return
    number = 0
    for phase, lesson in enumerate(contrastive.LESSONS):
        for _ in range(round(lesson.share * sizes.pretrain_samples) if pairs else 0):
            pair = pairs[int(random.integers(len(pairs)))]
            own = stream(seed, "stances", number)
            status = contrastive.explained(own, pair.item, genres, lesson)
            profile = contrastive.write(own, status, words[pair.user], "trained", lesson.common)
            why = contrastive.rationale(own, status, genres, lesson.told)
            told = text(profile, pair.item, pair.rating, why)
            yield {"user": pair.user, "item": pair.item.item, "text": told, "phase": phase}
            number += 1


def _row(number: int, sample: Sample, prompt: Prompt, sizes: DiagnoserKnobs) -> Row:
    told = plain(sample.item.genres)
    stances = [(genre, stance) for genre, stance in sample.stances if genre in told]
    row: Row = {
        "sample": f"{sample.form}-{sample.split}-{number:06d}",
        "form": sample.form,
        "split": sample.split,
        "group": sample.group,
        "user": sample.user,
        "item": {"item": sample.item.item, **card(sample.item)},
        "rating": sample.rating,
        "profile": sample.profile,
        "label": sample.label,
        "stances": stances,
    }
    if sample.split in ("train", "valid"):
        row |= {
            "input": _input(prompt, sample.profile, sample.item, sample.rating),
            "output": output(sample.label, stances, sizes.output),
        }
    if sample.split == "valid":
        row |= {"steps": steps(told, sizes.output), "answer": LABELS.index(sample.label)}
    return row


def task(prompt: Prompt, sizes: DiagnoserKnobs, genres: Sequence[str]) -> Row:
    """The constant parts of the samples. `constant` are what a tokenizer made for this task alone may take as one token each."""
    return {
        "prompt": prompt.id,
        "sha256": prompt.sha256,
        "system": _rendered(prompt, *_EXTREMES[0])[0],
        "instruction": _instruction(prompt),
        "form": sizes.form,
        "output": sizes.output,
        "rationale": sizes.rationale,
        "constant": list(
            dict.fromkeys([*_shared(prompt), *(f" {genre}" for genre in genres), *(f" is {stance}" for stance in STANCES)])
        ),
    }


_EXTREMES = (
    ("\0", Item(0, "\0", ("\0",), 1.11), 1.5),
    ("\1", Item(0, "\1", ("\1",), 2.22), 2.0),
)
"""Two samples that have nothing in common."""


def _rendered(prompt: Prompt, profile: str, item: Item, rating: float) -> tuple[str, str]:
    """System and user message of a sample."""
    system, user = prompt.render({"profile": profile, "item": card(item), "rating": rating})
    return system.content, user.content


def _instruction(prompt: Prompt) -> str:
    """What every user message begins with, up to the line of the input."""
    first, second = (_rendered(prompt, *extreme)[1] for extreme in _EXTREMES)
    shared = next(at for at, (a, b) in enumerate(zip(first, second, strict=False)) if a != b)
    return first[: first.rindex("\n", 0, shared) + 1]


def _input(prompt: Prompt, profile: str, item: Item, rating: float) -> str:
    return _rendered(prompt, profile, item, rating)[1].removeprefix(_instruction(prompt))


def _shared(prompt: Prompt) -> list[str]:
    """Parts that every prompt or every pre-training text has."""
    written: tuple[Callable[[str, Item, float], str], ...] = (
        lambda *sample: _rendered(prompt, *sample)[0],
        lambda *sample: _rendered(prompt, *sample)[1],
        lambda profile, item, rating: text(profile, item, rating, profile),
    )
    return [part for write in written for part in recurring(write(*_EXTREMES[0]), write(*_EXTREMES[1]))]


def recurring(first: str, second: str, least: int = 4) -> list[str]:
    """The parts that two renderings of one template share, in order, without spaces at their ends."""
    blocks = SequenceMatcher(None, first, second, autojunk=False).get_matching_blocks()
    parts = (first[block.a : block.a + block.size].rstrip(" ") for block in blocks)
    return [part for part in parts if len(part) >= least]
