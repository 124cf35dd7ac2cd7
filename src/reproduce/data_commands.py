"""`reproduce data`: write the embedded data, list the sources, tell their sizes, download one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from rich.progress import TaskID

app = typer.Typer(
    help="Write the embedded data into data/. Subcommands list all sources, tell their sizes and download real ones.",
    invoke_without_command=True,
)


@app.callback()
def write(context: typer.Context) -> None:
    """Write the embedded data into data/, the same bytes on every machine; subcommands list and download real data."""
    if context.invoked_subcommand:
        return
    from reproduce.data import embedded
    from reproduce.project import Project
    from reproduce.wording import shown

    root = Project.root_of()
    written = embedded.write(root)
    for path in written.new:
        typer.echo(f"wrote {shown(path)}")
    if not written.new:
        typer.echo(f"{shown(root / 'data')} holds the embedded data already")


@app.command("list")
def list_sources() -> None:
    """Name all sources of data, where each lies on this machine, and under which terms it may be used."""
    from rich.console import Console
    from rich.text import Text

    from reproduce.data.catalog import Catalog
    from reproduce.data.raw import whereabouts
    from reproduce.project import Project
    from reproduce.wording import shown

    root, console = Project.root_of(), Console(highlight=False)
    sources = Catalog.load(root).sources
    width = max(map(len, sources))
    for name, source in sources.items():
        place = whereabouts(root, source)
        where = Text(shown(place), "green") if place else Text(source.remedy(name), "yellow")
        console.print(Text.assemble((f"{name:<{width}} ", "bold"), where), soft_wrap=True)
        console.print(Text(f"{'':<{width}} {source.layout}; {source.terms}", "dim"), soft_wrap=True)


@app.command()
def report(
    names: Annotated[list[str], typer.Argument(metavar="SOURCE...", help="Sources of `reproduce data list`, such as ml-1m.")],
    core: Annotated[int, typer.Option(min=1, help="Fewest interactions of a user and of an item that stays.")] = 5,
    longest: Annotated[int, typer.Option(min=1, help="Most recent interactions of a user that are kept.")] = 50,
) -> None:
    """Print what sources hold and what a k-core leaves of them, side by side; nothing is written."""
    from rich.console import Console
    from rich.table import Table

    from reproduce.data import report, sources
    from reproduce.data.catalog import Catalog, Protocol
    from reproduce.data.raw import RawFiles
    from reproduce.project import Project

    root, protocol = Project.root_of(), Protocol(core=core, longest=longest)
    catalog = Catalog.load(root)
    raws = [RawFiles(name, catalog.source(name), root) for name in names]
    surveys = [report.survey(sources.load(raw, protocol.repeated, core), protocol) for raw in raws]
    table = Table(box=None)
    for name in ("", *names):
        table.add_column(name, no_wrap=True, justify="right" if name else "left")
    for row in surveys[0]:
        table.add_row(row, *("-" if (value := survey[row]) is None else f"{value:,}" for survey in surveys))
    Console(width=50 + sum(len(name) + 2 for name in names), highlight=False).print(table)


@app.command()
def fetch(name: Annotated[str, typer.Argument(help="A source of `reproduce data list`, such as ml-1m.")]) -> None:
    """Download one source from its official address into the user's cache; checked, resumable, shared by all checkouts."""
    from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

    from reproduce.data import fetch as downloads
    from reproduce.data.catalog import Catalog
    from reproduce.project import Project
    from reproduce.wording import shown

    source = Catalog.load(Project.root_of()).source(name)
    typer.echo(f"terms of {name}: {source.terms}")
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns) as bars:
        tasks: dict[str, TaskID] = {}

        def progress(file: str, there: int, total: int | None) -> None:
            if file not in tasks:
                tasks[file] = bars.add_task(file, total=total)
            bars.update(tasks[file], completed=there, total=total)

        fetched = downloads.fetch(name, source, progress)
    for file in fetched:
        typer.echo(f"{'wrote' if file.downloaded else 'was there:'} {shown(file.path)}")
        if not file.pinned:
            typer.echo(f"its checksum is not known here; if you trust it, write `sha256: {file.sha256}` into specs/datasets.yaml")
