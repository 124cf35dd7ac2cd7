"""What every page says, before any markup: values for its template. A page that has nothing to show is left out.

Which pages a paper has follows from what it prints and from the kinds of its runs.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, get_args

from reproduce.claims import Trend
from reproduce.report import beside, beyond, learnt, printed
from reproduce.report.tables import VERDICTS, data_read, headline, table_view
from reproduce.report.terminal import STATUSES
from reproduce.report.told import BEHIND, Material, Page, Told
from reproduce.results.document import Answer, Results
from reproduce.results.naming import LEARNERS

__all__ = ["Material", "Page", "Told", "common", "money", "overview", "pages"]


def pages(told: Told) -> tuple[Page, ...]:
    """All pages of a paper that have something to show, in the order of the contents."""
    return (*printed.pages(told), *learnt.printed(told), *learnt.ours(told), *beyond.pages(told), *_behind(told))


def common(told: Told) -> dict[str, Any]:
    """What every page of a paper may name."""
    paper, results = told.paper, told.results
    read = data_read(paper, results)
    return {
        "name": told.name,
        "paper": paper,
        "results": results,
        "rehearsal": results.mode == "rehearsal",
        "heuristic": any(run.engine == "heuristic" for run in results.runs.values()),
        "data_read": read,
        "stand_ins": [each for each in read if " in place of " in each],
        "verdicts": VERDICTS,
        "where": {table.id: table.where for table in paper.tables} | {figure.id: figure.where for figure in paper.figures},
        "links": links(told),
    }


def overview(told: Told) -> dict[str, Any]:
    """Values of the overview of one paper."""
    results = told.results
    simulated = [run for run in results.runs.values() if run.kind == "simulation"]
    learnt = [run for run in results.runs.values() if run.learner]
    return common(told) | {
        "engines": sorted({f"{run.engine} ({run.model})" for run in results.runs.values()}),
        "users": max((run.users for run in simulated), default=0),
        "runs": len(results.runs),
        "recommenders": sorted({beside.RECOMMENDERS.get(name, name) for run in simulated for name in run.recommenders}),
        "learners": [name for name in LEARNERS.values() if any(run.learner == name for run in learnt)],
        "simulators": list(dict.fromkeys(str(run.simulator) for run in learnt)),
        "seeds": sorted({int(run.seeds) for run in learnt if run.seeds}),
        "trends": any(isinstance(claim, Trend) for claim in told.paper.relations),
        "seeded": any(row.over == "seeds" for row in results.rows),
        "money": money(results),
        "summary": list(_summary(told)),
        "answers": {answer: sum(each.answer == answer for each in results.relations) for answer in get_args(Answer)},
    }


def money(results: Results) -> str:
    """The price of all calls, in words."""
    dollars = results.cost["dollars"]
    return "no price is set for this model" if dollars is None else f"${dollars:,.2f}"


def _summary(told: Told) -> Iterator[dict[str, Any]]:
    """Per table of the paper: how many of its printed cells runs of ours fill, and what they say."""
    rows = headline(told.results)
    where = links(told)
    for table in told.paper.tables:
        cells = [cell for cell in told.paper.cells(table.id) if cell.printed is not None]
        filled = [row for cell in cells if (row := rows.get((table.id, cell.dataset, cell.row, cell.column)))]
        if cells:
            yield {
                "table": table,
                "link": where.get(table.id, ""),
                "cells": len(cells),
                "filled": len(filled),
                "verdicts": {verdict: sum(row.verdict == verdict for row in filled) for verdict in ("agrees", "near", "differs")},
            }


def links(told: Told) -> dict[str, str]:
    """On which page a table or figure of the paper stands, or a table of ours."""
    paper = told.paper
    found = {table.id: printed.page_of(table) for table in paper.tables}
    found |= {figure.id: "rounds" if figure.over == "round" else "learning" for figure in paper.figures}
    found |= {each.id: learnt.slug(each.where) for each in paper.checklists}
    found |= {each.id: learnt.slug(each.where) for each in paper.walkthroughs}
    found |= {table: slug for table, (slug, _, _) in beyond.OURS.items()} | {"profiles": "cases"}
    if paper.tuning:
        found[paper.tuning.id] = "tuning"
    return {id: f"{slug}.html#{id}" for id, slug in found.items()}


def _behind(told: Told) -> Iterator[Page]:
    """Transcripts, replies and cost, where everything comes from, errata."""
    paper, results = told.paper, told.results
    if told.material.simulated:
        values = {"runs": len(told.material.simulated)}
        yield Page("transcripts", "Transcripts", BEHIND, "transcripts.html.j2", values, scripts=("viewer.js",))
    yield Page("replies", "Replies and cost", BEHIND, "replies.html.j2", {"statuses": STATUSES})
    yield Page("made-from", "Made from", BEHIND, "made_from.html.j2", {})
    unfilled = [view for table in paper.tables if (view := table_view(paper, results, table.id)).printed_only]
    yield Page("errata", "Errata", BEHIND, "errata.html.j2", {"unfilled": unfilled})
