"""The results in the terminal: tables with intervals, Figure 1, how replies were read, what it cost. Readable at 80 columns."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, get_args

from reproduce.paper import Paper
from reproduce.report.figure1 import datasets, panels
from reproduce.report.tables import INTERVAL, CellView, TableView, data_read, figures, table_view
from reproduce.results.document import Answer, ResultRow, Results

if TYPE_CHECKING:
    from rich.console import Console, RenderableType
    from rich.table import Table
    from rich.text import Text

    from reproduce.project import Project

SHORT = {
    "diagnoser": "Specialized",
    "without_pretraining": "No pretraining",
    "without_finetuning": "No finetuning",
    "general": "Prompted LLM",
    "majority": "Most frequent",
    "profile_words": "Profile words",
    "item_words": "Item words",
    "bag_of_words": "Bag of words",
}
"""Names of predictors that fit into 80 columns."""
STATUSES = ("strict", "lenient", "repair", "fallback", "refusal")


def show_results(project: Project, headline: bool = False, console: Console | None = None) -> None:
    """Print the results of every paper that was evaluated in the mode in force, or the headlines alone.

    Raises MissingInput when there are none.
    """
    from rich.console import Console

    console = console or Console(highlight=False)
    folder = project.results / "headline" if headline else project.results
    done = [name for name in project.papers() if (folder / f"{name}.json").is_file()]
    for name in done or project.papers():  # where nothing is evaluated, the first complains
        paper = project.paper(name)
        results = Results.read(folder / f"{name}.json")
        for part in parts(paper.part() if headline else paper, results):
            console.print(part)
        if headline:
            console.print(f"Report: {_shown(project, folder / f'{name}.report' / 'index.html')}", soft_wrap=True)
    for name in project.papers():
        if name not in done:
            console.print(f"{name}: not evaluated yet; `dvc repro {'headline' if headline else 'evaluate'}@{name}`", style="dim")
    if headline:
        console.print("`dvc repro` (or `nox -s repro -- all`) builds every table and figure.", style="dim", soft_wrap=True)
        return
    page = project.results / "report" / "index.html"
    console.print(f"Report: {_shown(project, page)}" if page.is_file() else "Report: not written yet", soft_wrap=True)


def parts(paper: Paper, results: Results) -> Iterator[RenderableType]:
    """Everything that is printed of one paper, in order."""
    yield from _heading(paper, results)
    for table in paper.tables:
        view = table_view(paper, results, table.id)
        if view.filled and "method" in table.rows_are and table.id != "F1":
            yield from _comparison(view)
    yield from _learnt(paper, results)
    diagnosed = datasets(results)
    if len(diagnosed) > 1:
        yield _over_data_sets(paper, results)
    elif diagnosed:
        yield _diagnosis(paper, results, diagnosed[0])
    yield from _found(paper, results)
    if results.replies:
        yield _replies(results)
    yield _costs(results)


def _heading(paper: Paper, results: Results) -> Iterator[RenderableType]:
    from rich.rule import Rule
    from rich.text import Text

    yield Rule(f"[bold]{results.paper.upper()}[/] · {results.mode}", align="left", characters="─")
    yield Text(paper.title, style="italic")
    models = ", ".join(sorted({f"{run.engine} ({run.model})" for run in results.runs.values()}))
    yield Text.assemble(("engine ", "dim"), models, ("   data ", "dim"), ", ".join(data_read(paper, results)))
    for remark in results.remarks:
        yield Text(f"! {remark}", style="yellow")
    if results.mode == "rehearsal":
        yield Text("A rehearsal shows that the pipeline works; it says nothing on the paper.", style="yellow")


def _comparison(view: TableView) -> Iterator[RenderableType]:
    for block in view.filled:
        counted = (f"{names}: {n:,} {over}" if names else f"{n:,} {over}" for names, over, n in block.counted)
        table = _table(f"{view.where}: {block.dataset} ({'; '.join(counted)})", "", *view.headings)
        lines = [line for line in block.lines if line.filled]
        for line in lines:
            table.add_row(_bold(line.heading), *(_ours(cell) for cell in line.cells), end_section=line is not lines[-1])
        yield table


LEARNT = (
    ("prediction", "auc", "AUC on the held-out interaction of every user", ".3f"),
    ("logged", "snips_gain", "Real logged feedback: liked share of the policy minus the log's", "+.3f"),
)
"""Tables of ours with a line per simulator or learner that are shown: table, metric, title, format."""


def _learnt(paper: Paper, results: Results) -> Iterator[Table]:
    """A column per data set."""
    for name, metric, title, digits in LEARNT:
        rows = [row for row in results.rows if (row.table, row.metric) == (name, metric)]
        datasets = [each for each in paper.datasets if any(row.dataset == each.id for row in rows)]
        if datasets:
            table = _table(f"{title} ({INTERVAL})", "", *(each.label for each in datasets))
            at = {(row.row, row.scope, row.dataset): row for row in rows}
            for line, scope in dict.fromkeys((row.row, row.scope) for row in rows):
                cells = (at.get((line, scope, each.id)) for each in datasets)
                heading = f"{line} in {scope}" if name == "logged" else line
                table.add_row(heading, *(_estimated(row, digits) for row in cells))
            yield table


def _estimated(row: ResultRow | None, digits: str) -> Text:
    from rich.text import Text

    if row is None:
        return Text("")
    low, high = (_short(format(end, digits.removeprefix("+"))) for end in (row.low, row.high))
    return Text.assemble((format(row.value, digits), "bold"), f"\n{low}–{high}")


def _bold(text: str) -> Text:
    from rich.text import Text

    return Text(text, style="bold")


def _ours(cell: CellView) -> Text:
    """Ours, its interval, and the printed value greyed below."""
    from rich.text import Text

    verdict = f" {cell.verdict}" if cell.verdict not in ("", "rehearsal") else ""
    interval = f"{_short(cell.low)}–{_short(cell.high)}" if cell.low or not cell.sd else ""
    spread = f"± {cell.sd}\n" if cell.sd else ""
    if not cell.value:
        return Text(f"paper {cell.printed}" if cell.printed else "", style="dim")
    return Text.assemble(
        (cell.value, "bold"),
        f"\n{spread}{interval}\n",
        (f"paper {cell.printed}{verdict}" if cell.printed else "", "dim"),
    )


def _short(number: str) -> str:
    return number.removeprefix("0") if number.startswith("0.") else number


def _over_data_sets(paper: Paper, results: Results) -> Table:
    """Figure 1 where several data sets were diagnosed: the paper's two lines on each, on its split."""
    view = table_view(paper, results, "F1")
    blocks = {("average" if block.id == "average" else block.dataset): block for block in view.filled}
    table = _table(f"Figure 1: {view.title}, % ({INTERVAL})", "", *blocks)
    headings = dict.fromkeys(line.heading for block in blocks.values() for line in block.lines)
    for heading in headings:
        lines = [next((line for line in block.lines if line.heading == heading), None) for block in blocks.values()]
        table.add_row(_bold(heading), *(_ours(line.cells[0]) if line else "" for line in lines))
    return table


def _found(paper: Paper, results: Results) -> Iterator[Text]:
    """What else was found, a line each; the report has the rest."""
    from rich.text import Text

    for name, relations in (("Claims of the paper", results.relations), ("Beyond the paper", results.expectations)):
        if relations:
            counts = (f"{answer} {sum(each.answer == answer for each in relations)}" for answer in get_args(Answer))
            yield Text(f"{name}, checked on ours: {', '.join(counts)}")
    tuned = [each for each in results.optima if each.ours is not None]
    if tuned and paper.tuning:
        equal = sum(bool(each.equal) for each in tuned)
        yield Text(f"{paper.tuning.where}: {equal} of {len(tuned)} tuned values equal the printed optimum")


def _diagnosis(paper: Paper, results: Results, dataset: str) -> Table:
    splits = panels(paper, results, dataset)
    title = f"Figure 1: defect identification, accuracy in % ({INTERVAL})"
    table = _table(title, "", *(panel.name for panel in splits))
    for bar in splits[0].bars:
        same = [next((other for other in panel.bars if other.predictor == bar.predictor), None) for panel in splits]
        cells = [f"{each.accuracy:.1f} ({each.low:.0f}–{each.high:.0f})" if each else "" for each in same]
        name = SHORT.get(bar.predictor, bar.name)
        table.add_row(_bold(name) if bar.trained else name, *cells)
    printed = [f"{cell.row} {figures(cell.printed, cell.unit)}" for cell in paper.cells("F1") if cell.printed is not None]
    table.caption = f"paper, average of its data sets: {', '.join(printed)}"
    return table


def _replies(results: Results) -> Table:
    table = _table("How replies were read", "prompt", *STATUSES)
    for prompt, found in results.replies.items():
        table.add_row(prompt, *(_count(found.get(status, 0), status) for status in STATUSES))
    return table


def _count(count: int, status: str) -> Text:
    from rich.text import Text

    return Text(f"{count:,}", style="dim" if not count else "red" if status in ("fallback", "refusal") else "")


def _costs(results: Results) -> Text:
    from rich.text import Text

    cost = results.cost
    money = "no price is set for this model" if cost["dollars"] is None else f"${cost['dollars']:,.2f}"
    tokens = f"{cost['prompt_tokens']:,} tokens in, {cost['completion_tokens']:,} out"
    return Text(f"{cost['calls']:,} calls, {tokens}, {money}")


def _table(title: str, *headings: str) -> Table:
    from rich import box
    from rich.table import Table

    table = Table(
        title=title, title_justify="left", title_style="bold", box=box.SIMPLE_HEAD, caption_justify="left", pad_edge=False
    )
    table.add_column(headings[0], overflow="fold")
    for heading in headings[1:]:
        table.add_column(heading, justify="right")
    return table


def _shown(project: Project, path: object) -> str:
    return str(path).removeprefix(f"{project.root}/")
