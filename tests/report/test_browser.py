"""The report as a reader uses it: opened from disk in Chromium, at desktop and phone width, by mouse and by keyboard."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from scripted_runs import scripted_project

from reproduce.stages import evaluate, report

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
pytestmark = pytest.mark.skipif(not CHROMIUM.exists() and not os.environ.get("CI"), reason="no Chromium at /usr/bin/chromium")

CONTRAST = """() => {
  const channel = (c) => (c /= 255) <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const numbers = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const over = (top, below) => { const a = top[3] ?? 1; return [0, 1, 2].map((i) => top[i] * a + below[i] * (1 - a)); };
  const behind = (element) => {
    const layers = [];
    for (let at = element; at; at = at.parentElement) layers.unshift(numbers(getComputedStyle(at).backgroundColor));
    return layers.reduce((below, top) => over(top, below), [255, 255, 255]);
  };
  const poor = [];
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const element = texts.currentNode.parentElement;
    const silent = element.closest(":disabled, noscript, option, script");
    if (!texts.currentNode.data.trim() || !element.checkVisibility() || silent) continue;
    const style = getComputedStyle(element);
    const ink = numbers(element.closest("svg") ? style.fill : style.color);
    const [a, b] = [light(over(ink, behind(element))), light(behind(element))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(`${element.className} ${texts.currentNode.data.trim().slice(0, 30)}`);
  }
  return poor;
}"""


@pytest.fixture(scope="module")
def index(tmp_path_factory):
    project = scripted_project(tmp_path_factory.mktemp("checkout"), users=24, samples=30)
    evaluate.run(project, "dgdpo")
    report.run(project)
    return project.results / "report" / "index.html"


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, index):
    """Opens the report; fails on a request that leaves the disk, a console error or an uncaught exception."""
    contexts, wrong = [], []

    def go(width=1280, fragment="", **options):
        context = browser.new_context(viewport={"width": width, "height": 844}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(("file:", "data:")) else None)
        page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
        page.on("dialog", lambda dialog: wrong.append(f"a title was run: {dialog.message}") or dialog.dismiss())
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(index.as_uri() + fragment)
        page.wait_for_selector("#t-page tbody tr")
        page.wait_for_selector("#p-story .profile")
        return page

    yield go
    for context in contexts:
        context.close()
    assert wrong == []


def rows(page):
    return page.locator("#t-page tbody tr")


def test_the_report_opens_from_disk_and_shows_table_2(visit):
    page = visit()
    assert page.locator("#T2 .value").count() >= 8
    assert rows(page).count() == 20
    assert page.locator("#rounds svg[role=img]").count() >= 4


@pytest.mark.parametrize("width", [320, 390, 768, 1280])
def test_nothing_sticks_out_sideways(visit, width):
    page = visit(width)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_read_against_its_background(visit, scheme):
    page = visit(color_scheme=scheme)
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    assert page.evaluate(CONTRAST) == []


def test_choosing_a_user_of_another_file_shows_that_user_s_rounds(visit):
    page = visit()
    before = rows(page).first.inner_text()
    page.select_option("#t-user", "123")
    page.wait_for_function("location.hash.includes('user=123')")
    assert rows(page).first.inner_text() != before
    assert page.locator("#t-rounds button").count() == 10
    assert page.locator("#t-page tr.is-true").count() == 1


def test_method_recommender_and_round_are_chosen_and_linked_to(visit):
    page = visit()
    page.select_option("#t-run", "dgdpo/ml-1m-dgdpo")
    page.select_option("#t-recommender", "sasrec")
    page.locator("#t-rounds button").nth(3).click()
    page.wait_for_function("location.hash.includes('round=4')")
    text = page.locator("#t-page").inner_text()
    assert "Round 4: yes to" in text
    linked = visit(fragment=page.evaluate("location.hash"))
    assert linked.locator("#t-page").inner_text() == text
    assert linked.input_value("#t-recommender") == "sasrec"


def test_arrow_keys_move_through_the_rounds(visit):
    page = visit()
    page.locator("#t-rounds button").first.focus()
    for _ in range(2):
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(50)
    assert page.locator("#t-rounds button[aria-pressed=true]").inner_text().startswith("3")
    assert page.evaluate("document.activeElement.getAttribute('aria-pressed')") == "true"


def test_only_yes_and_the_true_item_are_shown_on_wish(visit):
    page = visit()
    count = int(re.search(r"yes to (\d+)", page.locator("#t-page").inner_text())[1])
    page.check("#t-short")
    page.wait_for_function(f"document.querySelectorAll('#t-page tbody tr').length <= {count + 1}")
    assert page.locator("#t-page tr.is-true").count() == 1


def test_missing_verdicts_and_unreadable_replies_are_said(visit):
    page = visit(fragment="#transcripts?user=100&round=4")
    assert "1 verdict was missing in the reply and counts as no" in page.locator("#t-page").inner_text()
    page = visit(fragment="#transcripts?user=105&round=2")
    assert "The reply itself (read as lenient)" in page.locator("#t-page").inner_text()


def test_a_profile_s_story_has_the_steps_of_figure_5(visit):
    page = visit()
    text = page.locator("#p-story").inner_text()
    page.evaluate("document.querySelectorAll('#p-story details').forEach((each) => { each.open = true; })")
    for step in ("(1) Initial profile", "(2) and (3) Cases", "(4) Suggestions", "(5) Updated profile"):
        assert step in text
    assert page.locator("#p-story ins.add").count() >= 1
    assert page.locator("#p-story del.drop").count() >= 1


def test_the_next_user_s_story_follows_and_a_rejected_refinement_is_said(visit):
    page = visit()
    page.click("#p-next")
    page.click("#p-next")
    page.wait_for_function("document.querySelector('#p-story h3').textContent === 'User 102'")
    page.locator("#p-story summary", has_text="rejected").click()
    assert "Rejected (names title): the old profile stays." in page.locator("#p-story").inner_text()


def test_odd_titles_stay_text(visit):
    page = visit()
    seen = ""
    for number in range(10):
        page.locator("#t-rounds button").nth(number).click()
        page.wait_for_timeout(30)
        seen += page.locator("#t-page").inner_text()
    assert "</script>" in seen or "<b>Bold</b>" in seen
    assert page.locator("#t-page b").count() == 0


def test_every_control_has_a_name_and_can_be_reached_by_keyboard(visit):
    page = visit()
    nameless = page.evaluate("""() => [...document.querySelectorAll("select, button, input")]
        .filter((each) => !(each.labels?.length || each.textContent.trim() || each.ariaLabel)).map((each) => each.outerHTML)""")
    assert nameless == []
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"


def test_the_check_of_contrast_finds_pale_text(visit):
    page = visit()
    page.evaluate("document.querySelector('.authors').style.color = '#aaa'")
    assert page.evaluate(CONTRAST) == ["authors Hongyang Liu, Zhu Sun, Tianjun"[:38]]


def test_the_theme_can_be_turned(visit):
    page = visit()
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    page.click("#theme")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_without_scripts_the_numbers_are_still_there(browser, index):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(index.as_uri())
    assert page.locator("#T2 .value").count() >= 8
    assert page.locator("noscript p").first.is_visible()
    context.close()
