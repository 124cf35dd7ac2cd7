from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from scripted_runs import RECOMMENDERS, scripted_project

from reproduce.report.html import ticked
from reproduce.report.transcripts import USERS_PER_FILE, script
from reproduce.stages import evaluate, report


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    made = scripted_project(tmp_path_factory.mktemp("checkout"), users=USERS_PER_FILE + 2, samples=30)
    evaluate.run(made, "dgdpo")
    report.run(made)
    return made


@pytest.fixture(scope="module")
def folder(project):
    return project.results / "report"


@pytest.fixture(scope="module")
def page(folder):
    return (folder / "index.html").read_text(encoding="utf-8")


class Outline(HTMLParser):
    """Headings, ids, links, and whether every tag is closed."""

    VOID = frozenset(("meta", "link", "input", "br", "hr", "img"))

    def __init__(self):
        super().__init__()
        self.headings, self.ids, self.links, self.open, self.cells = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        found = dict(attrs)
        self.ids += [found["id"]] if "id" in found else []
        self.links += [found["href"]] if tag == "a" else []
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))
        if tag == "th":
            self.cells.append(found.get("scope"))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        pass  # shapes of a chart

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def outline(page):
    parser = Outline()
    parser.feed(page)
    assert not parser.open
    return parser


def data(path):
    """What a data file hands over."""
    call = re.fullmatch(r'reproduce\.receive\(("[^"]+"), (.*)\);\n', path.read_text(encoding="utf-8"), flags=re.S)
    return json.loads(call[1]), json.loads(call[2])


def test_the_page_is_well_formed_and_its_headings_have_no_gaps(page):
    levels = outline(page).headings
    assert levels.count(1) == 1
    assert all(later <= earlier + 1 for earlier, later in pairwise(levels))


def test_ids_are_unique_and_links_lead_somewhere(page):
    found = outline(page)
    assert len(found.ids) == len(set(found.ids))
    assert {link[1:] for link in found.links} <= set(found.ids)


def test_every_table_heading_says_what_it_heads(page):
    assert set(outline(page).cells) <= {"col", "row"}
    assert page.count("<table") == page.count("<caption")


def test_nothing_outside_the_folder_is_named(folder, project):
    for path in folder.rglob("*.*"):
        text = path.read_text(encoding="utf-8")
        assert not re.findall(r"(?:https?:)?//[a-z]", text.replace("http://www.w3.org/2000/svg", "")), path
        assert str(project.root) not in text


def test_the_page_says_that_it_is_a_rehearsal_and_what_stands_in(page):
    words = " ".join(page.split())
    assert "This is a rehearsal." in words
    assert "It says nothing about the paper's claims." in words
    assert "No language model was asked" in words
    assert "town in place of ML-1M" in words
    assert 'class="verdict' not in page


def test_titles_cannot_break_the_page_or_its_data(folder):
    name, items = data(folder / "data" / "items" / "ml-1m.js")
    assert name == "items/ml-1m"
    titles = [title for title, _, _ in items.values()]
    assert any("</script>" in title for title in titles)
    assert any("<b>Bold</b>" in title for title in titles)


def test_transcripts_come_in_files_of_twenty_users(folder):
    files = sorted(path.name for path in (folder / "data" / "transcripts" / "dgdpo-ml-1m-dgdpo").iterdir())
    assert files == sorted(f"{name}-none-{part}.js" for name in RECOMMENDERS for part in (0, 1))
    _, first = data(folder / "data" / "transcripts" / "dgdpo-ml-1m-dgdpo" / "sasrec-none-0.js")
    assert sorted(first, key=int) == [str(user) for user in range(100, 100 + USERS_PER_FILE)]
    played = first["100"]["rounds"][0]
    assert len(played["shown"]) == len(played["yes"]) == len(played["reasons"]) == 20


def test_the_index_names_every_run_user_and_profile(folder):
    _, index = data(folder / "data" / "index.js")
    assert [run["method"] for run in index["runs"]] == ["Agent4Rec", "DGDPO"]
    assert [len(run["users"]) for run in index["runs"]] == [USERS_PER_FILE + 2] * 2
    assert [len(run["profiles"]) for run in index["runs"]] == [0, USERS_PER_FILE + 2]


def test_the_raw_reply_is_kept_where_it_was_not_read_strictly(folder):
    _, first = data(folder / "data" / "transcripts" / "dgdpo-ml-1m-dgdpo" / "sasrec-none-0.js")
    raw = {
        user: [number for number, played in enumerate(told["rounds"], start=1) if "raw" in played] for user, told in first.items()
    }
    assert raw["105"] == [2]
    assert raw["106"] == []


def test_a_line_separator_does_not_break_a_script():
    assert "\u2028" not in script("x", {"a": "b\u2028c"}).text


def test_the_same_results_give_the_same_bytes(project, folder):
    before = {path: path.read_bytes() for path in folder.rglob("*.*")}
    report.run(project)
    assert before == {path: path.read_bytes() for path in folder.rglob("*.*")}


def test_files_of_an_earlier_report_are_gone(project, folder):
    (folder / "data" / "stale.js").write_text("", encoding="utf-8")
    report.run(project)
    assert not (folder / "data" / "stale.js").exists()


def test_paper_mode_shows_verdicts_and_no_rehearsal(tmp_path):
    about = {"mode": "paper", "engine": "openai", "model": "gpt-4o-mini-2024-07-18", "source": "ml-1m"}
    made = scripted_project(tmp_path, users=3, samples=15, **about)
    evaluate.run(made, "dgdpo")
    report.run(made)
    page = (made.results / "report" / "index.html").read_text(encoding="utf-8")
    assert "This is a rehearsal" not in page
    assert 'class="verdict differs"' in page
    assert "A wide interval agrees with anything" in page


def test_backticks_become_code_and_markup_stays_text():
    assert ticked("`a<b>` is <i>") == "<code>a&lt;b&gt;</code> is &lt;i&gt;"
