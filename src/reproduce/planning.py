"""`reproduce plan`: a run with its knobs, and what it will ask and cost, before it does."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import TYPE_CHECKING

import yaml

from reproduce import index
from reproduce.files import read_json
from reproduce.llm.meter import Tally
from reproduce.llm.plan import Planned, measured
from reproduce.params import Price
from reproduce.project import Project
from reproduce.spec import Finetuning, Pretraining

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def show_plan(project: Project, key: str, console: Console | None = None) -> None:
    """Print the merged spec and the table of calls. Raises SpecError when there is no such spec."""
    from rich.console import Console
    from rich.syntax import Syntax

    console = console or Console(highlight=False)
    text = yaml.safe_dump(index.merged(project, key), sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)
    console.print(Syntax(text.rstrip(), "yaml", theme="ansi_dark", background_color="default", word_wrap=True))
    calls = planned(project, key)
    if not calls:
        console.print("asks no model")
        return
    llm = project.params.here.llm
    console.print(_table(calls, f"{key}: engine {llm.engine}, model {llm.model}", price(project)))
    console.print(_remark(project, bool(_tallies(project))), style="dim", soft_wrap=True)


def planned(project: Project, key: str) -> list[Planned]:
    """The calls of a spec, with the mean tokens of the mode's earlier runs where there are any; none for a training.

    Raises MissingInput before `preprocess` has run.
    """
    from reproduce.methods.dgdpo import plan

    spec = project.document(key).value
    if isinstance(spec, Pretraining | Finetuning):
        return []
    return measured(plan.planned(project, spec), _tallies(project))


def _tallies(project: Project) -> dict[str, Tally]:
    """What earlier runs of this mode sent and received, by prompt id."""
    tallies: defaultdict[str, Tally] = defaultdict(Tally)
    for path in sorted((*project.build.glob("runs/*/*/replies.json"), *project.build.glob("corpora/*/*/replies.json"))):
        for prompt, counted in read_json(path)["prompts"].items():
            tally = tallies[prompt]
            tally.calls += counted["calls"]
            tally.prompt_tokens += counted["prompt_tokens"]
            tally.completion_tokens += counted["completion_tokens"]
    return tallies


def price(project: Project) -> Price | None:
    """What the model of the mode in force costs; None where nothing is paid or no price is known."""
    llm = project.params.here.llm
    return project.params.prices.get(llm.model) if llm.engine == "openai" else None


def _table(calls: Sequence[Planned], title: str, price: Price | None) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column("prompt")
    for heading in ("calls", "tokens in", "out, each", "tokens in all", "US dollars"):
        table.add_column(heading, justify="right")
    for each in calls:
        tokens = each.calls * (each.prompt_tokens + each.completion_tokens)
        money = f"{each.cost(price):,.2f}" if price else "-"
        table.add_row(
            each.prompt, _count(each.calls), _count(each.prompt_tokens), _count(each.completion_tokens), _count(tokens), money
        )
    table.add_section()
    everything = sum(each.calls * (each.prompt_tokens + each.completion_tokens) for each in calls)
    money = f"{sum(each.cost(price) for each in calls):,.2f}" if price else "-"
    table.add_row("all", _count(sum(each.calls for each in calls)), "", "", _count(everything), money, style="bold")
    return table


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _remark(project: Project, run_before: bool) -> str:
    llm = project.params.here.llm
    basis = "tokens are means of earlier runs" if run_before else "tokens are planning values"
    said = f"Calls are expected numbers, {basis}, nothing is taken to be cached."
    if llm.engine != "openai":
        return f"{said} Engine {llm.engine} costs nothing."
    if llm.model not in project.params.prices:
        said += f" params.yaml has no price for {llm.model}."
    return (
        f"{said} Answers that are recorded already cost nothing. REPRODUCE_LIVE=1 lets calls go out,"
        " REPRODUCE_BUDGET=<US dollars> stops them in time."
    )
