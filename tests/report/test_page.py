"""Every page of the report as a file: well formed, linked, closed off from the network, equal byte for byte."""

from __future__ import annotations

import base64
import json
import re
import zlib
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from os.path import normpath
from pathlib import PurePosixPath
from xml.etree import ElementTree

import pytest
from scripted_report import EVERY, LUS, METHODS, letters, reported_project

from reproduce.report.html import ticked, write_report
from reproduce.results.document import Results
from reproduce.stages import headline, report


@pytest.fixture(scope="module")
def folder(reported):
    return reported.results / "report"


@pytest.fixture(scope="module")
def pages(folder):
    """All pages by their path below the report."""
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in sorted(folder.rglob("*.html"))}


class Outline(HTMLParser):
    """Headings, ids, links, and whether every tag is closed."""

    VOID = frozenset(("meta", "link", "input", "br", "hr", "img"))

    def __init__(self):
        super().__init__()
        self.headings, self.ids, self.links, self.open, self.cells, self.references = [], [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if tag == "a" else []
        self.references += found.get("aria-labelledby", "").split()
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "th":
            self.cells.append(found.get("scope"))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def outline(page):
    parser = Outline()
    parser.feed(page)
    assert not parser.open
    return parser


def data(path):
    """What a data file hands over."""
    text = path.read_text(encoding="utf-8")
    if call := re.fullmatch(r'reproduce\.unpack\("([^"]+)", "([^"]*)"\);\n', text):
        return call[1], json.loads(zlib.decompress(base64.b64decode(call[2])))
    call = re.fullmatch(r'reproduce\.receive\(("[^"]+"), (.*)\);\n', text, flags=re.S)
    return json.loads(call[1]), json.loads(call[2])


def test_there_is_a_page_for_every_table_figure_and_part_beyond(pages):
    assert set(pages) == {"index.html", *EVERY}


def test_pages_are_well_formed_and_their_headings_have_no_gaps(pages):
    for name, page in pages.items():
        levels = outline(page).headings
        assert levels.count(1) == 1, name
        assert all(later <= earlier + 1 for earlier, later in pairwise(levels)), name


def test_ids_are_unique_and_links_lead_somewhere(pages, folder):
    found = {name: outline(page) for name, page in pages.items()}
    for name, page in found.items():
        assert len(page.ids) == len(set(page.ids)), name
        assert set(page.references) <= set(page.ids), name
        for link in page.links:
            path, _, fragment = link.partition("#")
            target = (folder / PurePosixPath(name).parent / path).resolve() if path else folder / name
            assert target.is_file(), (name, link)
            if fragment and "=" not in fragment:
                assert fragment in found[str(target.relative_to(folder.resolve()))].ids, (name, link)


def test_every_page_leads_to_every_other(pages):
    for name, page in pages.items():
        here = PurePosixPath(name).parent
        links = {str(here / link.split("#")[0]) for link in outline(page).links}
        assert {"index.html", *EVERY} <= {normpath(link) for link in links}, name


def test_every_table_heading_says_what_it_heads(pages):
    for name, page in pages.items():
        assert set(outline(page).cells) <= {"col", "row", "colgroup"}, name
        assert page.count("<table") == page.count("<caption"), name


def test_nothing_outside_the_folder_is_named(folder, reported):
    for path in folder.rglob("*.*"):
        if path.suffix == ".png":
            continue
        text = json.dumps(data(path)) if path.parent != folder and path.suffix == ".js" else path.read_text(encoding="utf-8")
        named = re.sub(r"http://(www\.w3\.org|purl\.org|creativecommons\.org)/[\w/.#-]*", "", text)
        assert not re.findall(r"(?:https?:)?//[a-z]", named), path
        assert str(reported.root) not in text


def test_every_page_says_that_it_is_a_rehearsal_and_what_stands_in(pages):
    for name, page in pages.items():
        words = letters(page)
        assert "This is a rehearsal." in words, name
        assert "It says nothing about the paper's claims" in words, name
        stand_ins = "town-yelp in place of Yelp" if name.startswith(LUS) else "town in place of ML-1M, town in place of Books"
        assert stand_ins in words, name
        assert 'class="verdict' not in page, name


def test_table_2_shows_three_data_sets_six_methods_significance_and_effect(pages):
    page = pages["dgdpo/table-2.html"]
    for dataset in ("ml-1m", "books", "movies-tv"):
        block = page[page.index(f'id="T2-{dataset}"') :]
        block = block[: block.index("</section>")]
        table = letters(block[: block.index("</table>")])
        assert [name for name in METHODS if name in table] == list(METHODS)
        assert "not rebuilt" not in table
        tests = letters(block[block.index('class="plain tests"') :])
        assert "DGDPO against the best of the others" in tests
        assert "12 tests of the table (Holm)" in tests
        assert "AgentCF" in tests
        assert "0.0040.030.03" in tests.replace(" ", "")


def test_variants_are_drawn_as_curves_and_bars(pages):
    page = pages["dgdpo/variants.html"]
    assert "Table 4: Impact of the split ratio alpha (RQ4), Books" in letters(page)
    for table in ("table-3-books", "table-4-books", "table-5-books"):
        assert f'href="../figures/dgdpo/{table}.png"' in page


def test_figures_are_kept_as_svg_and_png(folder):
    figures = sorted(path.stem for path in (folder / "figures" / "dgdpo").glob("*.png"))
    assert figures == sorted(path.stem for path in (folder / "figures" / "dgdpo").glob("*.svg"))
    assert {"figure-1", "figure-1-books", "figure-3-books", "figure-4-books", "table-4-books"} <= set(figures)
    for name in figures:
        assert (folder / "figures" / "dgdpo" / f"{name}.png").read_bytes().startswith(b"\x89PNG\r\n"), name
        ElementTree.parse(folder / "figures" / "dgdpo" / f"{name}.svg")


def test_figure_3_has_a_panel_per_metric_and_recommender(pages):
    page = pages["dgdpo/rounds.html"]
    grid = page[page.index("Figure 3: Profile update") : page.index("Figure 3, mean over recommenders")]
    assert grid.count("<figure>") == 4 * 4
    four = page[page.index("Figure 4: User simulators in multi-round interactions, Books") :]
    assert four[: four.index("mean over recommenders")].count("<figure>") == 4
    for method in METHODS:
        assert method in letters(four)


def test_cases_mark_the_defect_the_reason_the_suggestion_and_the_change(pages):
    page = pages["dgdpo/cases.html"]
    cases = page.split("<article")[1:]
    assert len(cases) == 3
    assert "as Figure 5" in cases[0]
    assert "defect-phrase" not in cases[0], "nothing is wrong in an incomplete profile"
    inaccurate = cases[1]
    assert "as Figure 11 (a)" in inaccurate
    assert "Figures 5 and 11: cases" in letters(page)
    for step in ("(1) Initial", "(2) Identify", "(3) Infer", "(4) Generate", "(5) Updated"):
        assert step in inaccurate
    assert '<mark class="defect-phrase">Averse to Drama</mark>' in inaccurate
    assert "&#34;<b>Averse to Drama</b>&#34;" in inaccurate
    assert '<ins class="add">Have a high interest in Drama</ins>' in inaccurate
    assert "(another case of the batch)" in inaccurate
    assert "simulator accepts the item" in inaccurate
    assert "&lt;b&gt;Odd&lt;/b&gt;" in inaccurate
    assert 'href="transcripts.html#run=dgdpo/books-dgdpo&amp;user=101"' in inaccurate


def test_beyond_the_paper_each_question_has_its_numbers(pages):
    assert "Planted likes found" in letters(pages["dgdpo/taste.html"])
    assert "optimised profiles state more of the planted taste" in letters(pages["dgdpo/taste.html"])
    assert "Share judged yes or selected by place on the page, ML-1M" in letters(pages["dgdpo/bias.html"])
    assert "opt_negatives" in letters(pages["dgdpo/over-acceptance.html"])
    assert "user macro and micro 0.6000 0.2000 to 1.0000" in letters(pages["dgdpo/aggregations.html"])
    assert "Precision: shares of the variance" in letters(pages["dgdpo/sensitivity.html"])
    assert "RAH LLM-US user macro +0.0100" in letters(pages["dgdpo/aggregations.html"])


def test_tuning_shows_printed_and_ours(pages):
    words = letters(pages["dgdpo/tuning.html"])
    assert "32 ✓" in words
    assert "SASRec ML-1M, read from town MRR@10 8 1 7 0.3100 not tried" in words


def test_titles_cannot_break_the_page_or_its_data(folder):
    name, items = data(folder / "data" / "dgdpo" / "items" / "ml-1m-0.js")
    assert name == "data/dgdpo/items/ml-1m-0"
    titles = [title for title, _, _ in items.values()]
    assert any("</script>" in title for title in titles)
    assert any("<b>Bold</b>" in title for title in titles)


def test_the_index_names_every_run_with_transcripts(folder):
    _, index = data(folder / "data" / "dgdpo" / "index.js")
    assert [run["name"] for run in index["runs"] if run["dataset"] == "ml-1m"][:6] == list(METHODS)
    assert {run["dataset"] for run in index["runs"]} == {"ml-1m", "books", "movies-tv"}
    assert not [run["key"] for run in index["runs"] if "diagnosis" in run["key"]]


def test_the_same_results_give_the_same_bytes_and_old_files_are_gone(reported, folder):
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    (folder / "data" / "stale.js").write_text("", encoding="utf-8")
    report.run(reported)
    assert {path: path.read_bytes() for path in folder.rglob("*.*")} == before


def test_paper_mode_shows_verdicts_and_no_rehearsal(tmp_path):
    about = {"mode": "paper", "engine": "openai", "model": "gpt-4o-mini-2024-07-18", "source": "ml-1m"}
    made = reported_project(tmp_path, users=3, rounds=2, samples=15, papers=("dgdpo",), **about)
    folder = made.results / "report"
    page = (folder / "dgdpo" / "table-2.html").read_text(encoding="utf-8")
    assert "This is a rehearsal" not in page
    assert 'class="verdict differs"' in page
    assert "A wide interval agrees with anything" in page
    assert '<th scope="col">differs</th>' in (folder / "index.html").read_text(encoding="utf-8")
    assert "paper from" in (folder / "dgdpo" / "variants.html").read_text(encoding="utf-8"), "printed values are drawn, too"


def test_a_report_may_hold_several_papers(reported, tmp_path):
    headline.run(reported, "dgdpo")
    results = Results.read(reported.results / "headline" / "dgdpo.json")
    whole = report.told(reported, "dgdpo", reported.paper("dgdpo").part(), results)
    material = replace(whole.material, runs={"dgdpo/ml-1m-rah": whole.material.runs["dgdpo/ml-1m-rah"]})
    write_report(tmp_path, [replace(whole, name=name, material=material) for name in ("dgdpo", "second")])
    front = (tmp_path / "index.html").read_text(encoding="utf-8")
    found = outline(front)
    assert len(found.ids) == len(set(found.ids))
    assert {"dgdpo/table-2.html", "second/table-2.html"} <= {link.removeprefix("./").split("#")[0] for link in found.links}
    page = (tmp_path / "second" / "table-2.html").read_text(encoding="utf-8")
    assert "../dgdpo/table-2.html" in page
    assert page.count('aria-current="page"') == 1
    assert (tmp_path / "figures" / "second" / "figure-1.png").is_file()
    assert (tmp_path / "data" / "second" / "index.js").is_file()


def test_backticks_become_code_and_markup_stays_text():
    assert ticked("`a<b>` is <i>") == "<code>a&lt;b&gt;</code> is &lt;i&gt;"
