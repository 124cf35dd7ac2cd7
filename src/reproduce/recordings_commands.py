"""`reproduce recordings`: pack recorded answers for sharing, take in those of others, check them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Recorded answers of paid models: pack them for sharing, take in those of others, check them.", no_args_is_help=True
)


@app.command()
def seal() -> None:
    """Pack all answers that are not shared yet into recordings/; then `dvc add recordings` and `dvc push` share them."""
    from reproduce.llm import segments
    from reproduce.project import Project
    from reproduce.stages.llm import open_recordings
    from reproduce.wording import shown

    project = Project.here()
    store = open_recordings(project)
    try:
        written = segments.seal(store, project.root / "recordings")
    finally:
        store.close()
    for path in written:
        typer.echo(f"wrote {shown(path)}")
    typer.echo("`dvc add recordings && dvc push recordings.dvc` shares them" if written else "every answer is sealed already")


@app.command("import")
def take_in(
    folder: Annotated[Path, typer.Argument(help="A folder of segments that somebody gave you, laid out as recordings/.")],
) -> None:
    """Take in the segments of a folder: each is checked, then copied into recordings/. The first segment by name wins."""
    import shutil

    from reproduce.errors import MissingInput
    from reproduce.llm import segments
    from reproduce.project import Project
    from reproduce.wording import shown

    found = sorted(folder.glob("*/*.jsonl.zst"))
    if not found:
        raise MissingInput(f"{shown(folder)}: holds no segments (<model>/<name>.jsonl.zst)")
    home = Project.root_of() / "recordings"
    new = [path for path in found if not (home / path.parent.name / path.name).exists()]
    answers = sum(len(segments.read_segment(path)) for path in new)
    for path in new:
        target = home / path.parent.name / path.name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)
    typer.echo(f"{len(new)} new of {len(found)} segments, {answers} answers")


@app.command()
def verify() -> None:
    """Read every segment below recordings/, check it against its name, and say how often two answers to one request differ."""
    from reproduce.llm import segments
    from reproduce.project import Project

    found = segments.verify(Project.root_of() / "recordings")
    typer.echo(f"{found.segments} segments with answers to {found.answers} requests are whole")
    if found.repeated:
        typer.echo(f"{found.disagreeing} of {found.repeated} repeated requests got different texts ({found.rate:.1%})")
