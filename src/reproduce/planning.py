"""`reproduce plan`: a run with its knobs, or a whole table, and what it will ask and cost, before it does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import yaml

from reproduce import index
from reproduce.errors import Problem, SpecError
from reproduce.estimating import estimate
from reproduce.llm.tokens import dollars
from reproduce.params import Price
from reproduce.plans import NOTHING, Plan
from reproduce.project import Project
from reproduce.spec import corpora_of
from reproduce.wording import remedy

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table


def show_plan(project: Project, key: str, table: str = "", console: Console | None = None) -> None:
    """Print the merged spec and the calls of a run, or of all runs of a paper or of one of its tables. Raises SpecError."""
    from rich.console import Console

    console = console or Console(highlight=False)
    if key in project.papers():
        _show_table(project, key, table, console)
    elif table:
        raise SpecError(Problem("plan", f"no paper `{key}`{remedy(key, project.papers())}; a table is one of a paper"))
    else:
        _show_run(project, key, console)


def _show_run(project: Project, key: str, console: Console) -> None:
    from rich.syntax import Syntax

    text = yaml.safe_dump(index.merged(project, key), sort_keys=False, allow_unicode=True, default_flow_style=None, width=110)
    console.print(Syntax(text.rstrip(), "yaml", theme="ansi_dark", background_color="default", word_wrap=True))
    plan = estimate(project, key)
    if not plan.calls:
        console.print(NOTHING)
        return
    llm = project.params.here.llm
    console.print(_prompts(plan, f"{key}: engine {llm.engine}, model {llm.model}", price(project)))
    _say(project, [plan], console)


def _show_table(project: Project, paper: str, table: str, console: Console) -> None:
    plans = plans_of(project, paper, table)
    about = f"{paper}, {table or 'everything'}: mode {project.params.mode}, {project.params.here.users:,} users per data set"
    console.print(_runs(plans, about))
    if sum(plan.made for plan in plans):
        console.print(_money(project, plans))
    _say(project, plans, console)


def plans_of(project: Project, paper: str, table: str = "") -> list[Plan]:
    """The runs that fill a table, and the corpora on which they rest; without a table everything of the paper.

    Raises SpecError for an unknown table, MissingInput before `preprocess` has run.
    """
    if not table:
        return [estimate(project, key) for key in project.spec_keys() if key.startswith(f"{paper}/")]
    printed = project.paper(paper)
    known = [each.id for each in printed.tables if any(row.run for block in each.blocks for row in block.rows)]
    if table not in known:
        raise SpecError(Problem(f"specs/{paper}/paper.yaml", f"no table `{table}` that runs fill{remedy(table, known)}"))
    runs = dict.fromkeys(row.run for block in printed.table(table).blocks for row in block.rows if row.run)
    specs = {key: project.document(key).value for key in project.spec_keys()}
    corpora = dict.fromkeys(corpus for key in runs for corpus in corpora_of(specs, specs[key]))
    return [estimate(project, key) for key in (*corpora, *runs)]


def price(project: Project) -> Price | None:
    """What the model of the mode in force costs; None where nothing is paid or no price is known."""
    llm = project.params.here.llm
    return project.params.prices.get(llm.model) if llm.engine == "openai" else None


def cost(price: Price, plans: Sequence[Plan]) -> float:
    """US dollars when the provider caches nothing."""
    return sum(dollars(price, plan.sent, plan.received) for plan in plans)


# ---------------------------------------------------------------- tables on the terminal


def _prompts(plan: Plan, title: str, price: Price | None) -> Table:
    """A line per prompt."""
    table = _table(title, "prompt", ("calls", "tokens in", "out, each", "tokens in all", "US dollars"))
    for each in plan.calls:
        tokens = each.calls * (each.prompt_tokens + each.completion_tokens)
        money = f"{each.cost(price):,.2f}" if price else "-"
        table.add_row(
            each.prompt, _count(each.calls), _count(each.prompt_tokens), _count(each.completion_tokens), _count(tokens), money
        )
    table.add_section()
    money = f"{cost(price, [plan]):,.2f}" if price else "-"
    table.add_row("all", _count(plan.made), "", "", _count(plan.sent + plan.received), money, style="bold")
    return table


def _runs(plans: Sequence[Plan], title: str) -> Table:
    """A line per run."""
    table = _table(title, "run", ("calls", "tokens in", "tokens out"))
    for plan in plans:
        if plan.calls:
            table.add_row(plan.key, _count(plan.made), _count(plan.sent), _count(plan.received))
    table.add_section()
    table.add_row("all", *(_count(sum(map(f, plans))) for f in (_made, _sent, _received)), style="bold")
    if silent := [plan.key for plan in plans if not plan.calls]:
        table.caption = f"ask no model: {', '.join(silent)}"
        table.caption_justify = "left"
    return table


def _money(project: Project, plans: Sequence[Plan]) -> Table:
    """A line per model that has a price."""
    table = _table("what it costs", "model of `prices`", ("US dollars", "of these for tokens in"))
    for model, price in sorted(project.params.prices.items()):
        sent = sum(dollars(price, plan.sent, 0) for plan in plans)
        table.add_row(model, f"{cost(price, plans):,.2f}", f"{sent:,.2f}")
    return table


def _table(title: str, first: str, headings: Sequence[str]) -> Table:
    from rich.table import Table

    table = Table(title=title, title_justify="left", box=None, pad_edge=False)
    table.add_column(first)
    for heading in headings:
        table.add_column(heading, justify="right")
    return table


def _made(plan: Plan) -> float:
    return plan.made


def _sent(plan: Plan) -> float:
    return plan.sent


def _received(plan: Plan) -> float:
    return plan.received


def _count(number: float) -> str:
    return f"{number:,.0f}"


def _say(project: Project, plans: Sequence[Plan], console: Console) -> None:
    """What the numbers rest on, and how not to pay more than wanted."""
    llm = project.params.here.llm
    bases = ", ".join(dict.fromkeys(plan.basis for plan in plans if plan.calls))
    said = f"Expected numbers, from formulas and {bases}; nothing is taken to be cached."
    if llm.engine != "openai":
        said += f" Engine {llm.engine} costs nothing."
    else:
        if llm.model not in project.params.prices:
            said += f" params.yaml has no price for {llm.model}."
        said += (
            " Answers that are recorded already cost nothing. REPRODUCE_LIVE=1 lets calls go out,"
            " REPRODUCE_BUDGET=<US dollars> stops them in time."
        )
    console.print(said, style="dim", soft_wrap=True)
