"""One simulated user in the terminal: how the profile evolved, and what was shown and chosen round by round."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from reproduce.errors import MissingInput
from reproduce.files import read_json, read_jsonl
from reproduce.interaction.transcript import Round, Transcript
from reproduce.project import Project
from reproduce.spec import Simulation
from reproduce.wording import shown

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def show_user(
    project: Project, key: str, user: int | None, recommender: str, strategy: str, console: Console | None = None
) -> None:
    """Print the transcripts of one user, or which users there are. Raises SpecError, MissingInput."""
    from rich.console import Console

    console = console or Console(highlight=False)
    project.spec(key, Simulation)
    folder = project.build / "runs" / key
    if user is None:
        users = sorted({row["user"] for row in read_jsonl(folder / "transcripts.jsonl")})
        console.print(f"{len(users)} users in {shown(folder)}: {', '.join(map(str, users))}", soft_wrap=True)
        return
    found = [each for each in transcripts(folder / "transcripts.jsonl", user) if chosen(each, recommender, strategy)]
    if not found:
        asked = ", ".join(filter(None, (f"user {user}", recommender, strategy)))
        raise MissingInput(f"{shown(folder)}: has no transcript of {asked}; `reproduce view {key}` lists the users")
    _profile(console, found[0])
    titles = _titles(project, folder)
    for transcript in found:
        console.print(_rounds(transcript, titles))


def transcripts(path: Path, user: int) -> Iterator[Transcript]:
    """The transcripts of one user. Raises MissingInput."""
    for row in read_jsonl(path):
        if row["user"] == user:
            yield Transcript.model_validate(row)


def chosen(transcript: Transcript, recommender: str, strategy: str) -> bool:
    """Whether a transcript is among those asked for; an empty name asks for all."""
    return recommender in ("", transcript.recommender) and strategy in ("", transcript.strategy)


def _titles(project: Project, folder: Path) -> dict[int, str]:
    dataset = read_json(folder / "run.json")["dataset"]
    return {row["item"]: row["title"] for row in read_jsonl(project.build / "data" / dataset / "items.jsonl")}


def _profile(console: Console, transcript: Transcript) -> None:
    """Versions before round 1 are the same with every recommender and strategy."""
    from rich.text import Text

    first = transcript.rounds[0].profile if transcript.rounds else transcript.profile.text
    console.print(Text(f"user {transcript.user}, method {transcript.method}", "bold"))
    for change in transcript.profile.earlier:
        if change.by != "update":
            console.print(Text.assemble(("  ", ""), (change.text, "dim")), soft_wrap=True)
            console.print(Text.assemble((f"  -> {change.by}: ", "yellow"), change.why), soft_wrap=True)
    console.print(Text.assemble(("  ", ""), (first, "green") if first else ("no written profile", "dim")), soft_wrap=True)


def _rounds(transcript: Transcript, titles: dict[int, str]) -> Table:
    from rich.table import Table

    title = f"{transcript.recommender}, strategy {transcript.strategy}"
    table = Table("round", "true item", "rank", "said", "yes to others", "selected", title=title, title_justify="left", box=None)
    for played in transcript.rounds:
        table.add_row(*_cells(played, titles))
    return table


def _cells(played: Round, titles: dict[int, str]) -> tuple[str, ...]:
    from rich.markup import escape

    verdicts, selected = played.reaction.verdicts, played.reaction.selected
    yes = verdicts[played.truth].yes
    others = sum(verdict.yes for position, verdict in enumerate(verdicts) if position != played.truth)
    picked = "-" if selected is None else "the true item" if selected == played.truth else escape(titles[played.shown[selected]])
    return (
        str(played.round),
        escape(titles[played.shown[played.truth]]),
        str(played.truth + 1),
        "[green]yes" if yes else "[red]no",
        f"{others} of {len(verdicts) - 1}",
        picked,
    )
