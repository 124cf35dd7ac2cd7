"""The command line. No option changes a number: what runs is in `specs/`, how it runs in `params.yaml`.

Nothing heavy is imported here, so that `reproduce validate` answers within a second. What a user can mend is printed as one line
on stderr and ends with exit code 2; anything else is a bug and keeps its traceback.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from reproduce import data_commands, recordings_commands
from reproduce.errors import Problem, ReproduceError, SpecError

app = typer.Typer(
    help="Rebuild papers on LLM-based user simulators: `reproduce data`, then `dvc repro`, then `reproduce show`.",
    epilog="Knobs are in params.yaml, runs in specs/<paper>/<run>.yaml; `dvc repro` reruns what depends on an edited value.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(data_commands.app, name="data")
app.add_typer(recordings_commands.app, name="recordings")


def main() -> None:
    """Run the command of `sys.argv`; ends the process."""
    try:
        app()
    except ReproduceError as error:
        _refuse(str(error))
    except ModuleNotFoundError as error:
        from reproduce.doctor import remedy

        if line := remedy(error.name or ""):
            _refuse(line)
        raise


def _refuse(lines: str) -> NoReturn:
    for line in lines.splitlines():
        print(line, file=sys.stderr)
    raise SystemExit(2) from None


@app.command()
def validate(
    paths: Annotated[
        list[Path] | None, typer.Argument(help="Only these files or folders; else everything.", show_default=False)
    ] = None,
) -> None:
    """Check all specs, knobs, papers, prompts and generated files. Nothing is run; it takes less than a second."""
    from reproduce import validation
    from reproduce.project import Project

    if found := validation.problems(Project.root_of(), paths or ()):
        raise SpecError(*found)
    project = Project.here()
    for line in validation.warnings(project):
        typer.echo(f"warning: {line}", err=True)
    typer.echo(f"valid: {len(project.spec_keys())} specs, papers {', '.join(project.papers())}, mode {project.params.mode}")


@app.command()
def plan(
    run: Annotated[str, typer.Argument(help="Key of a spec, such as dgdpo/ml-1m-dgdpo; or a paper, such as dgdpo.")],
    table: Annotated[str, typer.Argument(help="Of a paper: only the runs of this table, such as T2.", show_default=False)] = "",
) -> None:
    """Print a run with its knobs and the calls, tokens and money it will take; or those of a whole table. Nothing is asked."""
    from reproduce.planning import show_plan
    from reproduce.project import Project

    show_plan(Project.here(), run, table)


@app.command()
def stage(
    name: Annotated[str, typer.Argument(help="A stage of dvc.yaml, such as simulate.")],
    key: Annotated[str, typer.Argument(help="What it is run for, such as dgdpo/ml-1m-dgdpo; nothing for report.")] = "",
) -> None:
    """Run one stage, as DVC does. `dvc repro` runs those whose inputs have changed, in the right order."""
    from reproduce import index
    from reproduce.project import Project
    from reproduce.wording import remedy

    project = Project.here()
    if name not in index.STAGES:
        raise SpecError(Problem("dvc.yaml", f"no stage `{name}`{remedy(name, index.STAGES)}"))
    index.check_index(project)
    index.check_key(project, name, key)
    if threads := project.params.here.threads:  # before torch is imported: tiny models only wait for each other on more
        os.environ.setdefault("OMP_NUM_THREADS", str(threads))
    run = import_module(f"reproduce.stages.{name}").run
    run(project, key) if key else run(project)


@app.command()
def show(
    headline: Annotated[bool, typer.Option("--headline", help="Only what `dvc repro headline` builds.")] = False,
) -> None:
    """Print the tables of the last evaluation: ours beside the paper's, how replies were read, what it cost."""
    from reproduce.project import Project
    from reproduce.report.terminal import show_results

    show_results(Project.here(), headline)


@app.command()
def report(open_it: Annotated[bool, typer.Option("--open", help="Open it in the browser, too.")] = False) -> None:
    """Say where the HTML report of the mode in force is."""
    from reproduce.errors import MissingInput
    from reproduce.project import Project
    from reproduce.wording import shown

    page = Project.here().results / "report" / "index.html"
    if not page.is_file():
        raise MissingInput(f"{shown(page)}: is not there; `dvc repro` builds it")
    typer.echo(shown(page))
    if open_it:
        typer.launch(page.as_uri())


@app.command()
def view(
    run: Annotated[str, typer.Argument(help="Key of a simulation, such as dgdpo/ml-1m-dgdpo.")],
    user: Annotated[int | None, typer.Argument(help="Whose transcripts; absent: list the users.", show_default=False)] = None,
    recommender: Annotated[str, typer.Option(help="Only with this recommender.")] = "",
    strategy: Annotated[str, typer.Option(help="Only under this strategy.")] = "",
) -> None:
    """Print one simulated user: how the profile evolved, and each round. The HTML report shows the same in full."""
    from reproduce.project import Project
    from reproduce.viewing import show_user

    show_user(Project.here(), run, user, recommender, strategy)


@app.command()
def sync(check: Annotated[bool, typer.Option("--check", help="Write nothing; fail when a file is out of date.")] = False) -> None:
    """Write specs/index.yaml, which dvc.yaml walks over, and the JSON schemas with which editors check YAML files."""
    from reproduce import index
    from reproduce.project import Project
    from reproduce.wording import shown

    project = Project.here()
    if check:
        index.check(project)
        return
    for path in index.sync(project):
        typer.echo(f"wrote {shown(path)}")


@app.command()
def why(
    request: Annotated[str, typer.Argument(help="The beginning of a request's key; all that were missed if absent.")] = "",
) -> None:
    """Explain why the last replay found no recorded answer: the nearest recorded request, and the field that differs."""
    from reproduce.project import Project
    from reproduce.stages.llm import explain_misses

    for line in explain_misses(Project.here(), request):
        typer.echo(line)


@app.command()
def doctor(
    probe: Annotated[
        bool, typer.Option("--probe", help="Also ask the endpoint of params.yaml what it can do; costs a few tokens.")
    ] = False,
) -> None:
    """Check this machine: Python, packages, threads, disk, DVC, browser, and the endpoint when told to."""
    from reproduce.doctor import examine
    from reproduce.project import Project

    examine(Project.here(), probe)
