"""The report as a reader uses it: opened from disk in Chromium, at desktop and phone width, by mouse and by keyboard."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from scripted_report import EVERY as PAGES
from scripted_report import large_report

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = (
    *("--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
)
pytestmark = pytest.mark.skipif(not CHROMIUM.exists() and not os.environ.get("CI"), reason="no Chromium at /usr/bin/chromium")
USERS = 1000
SECONDS = 2.0

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
    const silent = element.closest(":disabled, noscript, option, script, desc, title");
    if (!texts.currentNode.data.trim() || !element.checkVisibility() || silent) continue;
    const style = getComputedStyle(element);
    const ink = numbers(element.closest("svg") ? style.fill : style.color);
    const [a, b] = [light(over(ink, behind(element))), light(behind(element))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) poor.push(`${element.className} ${texts.currentNode.data.trim().slice(0, 30)}`);
  }
  return poor;
}"""


@pytest.fixture(scope="module")
def folder(reported):
    return reported.results / "report"


@pytest.fixture(scope="module")
def browser():
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture
def visit(browser, folder):
    """Opens a page; fails on a request that leaves the disk, a console error or an uncaught exception."""
    contexts, wrong = [], []

    def go(path="index.html", width=1280, within=folder, **options):
        context = browser.new_context(viewport={"width": width, "height": 844}, **options)
        contexts.append(context)
        page = context.new_page()
        page.on("request", lambda request: wrong.append(request.url) if not request.url.startswith(("file:", "data:")) else None)
        page.on("console", lambda message: wrong.append(message.text) if message.type in ("error", "warning") else None)
        page.on("dialog", lambda dialog: wrong.append(f"a title was run: {dialog.message}") or dialog.dismiss())
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(within.as_uri() + "/" + path)
        if "transcripts" in path:
            page.wait_for_selector("#t-page tbody tr")
        if "cases" in path:
            page.wait_for_selector("#p-story .profile")
        return page

    yield go
    for context in contexts:
        context.close()
    assert wrong == []


EVERY = ("index.html", *PAGES)
VIEWER = "dgdpo/transcripts.html"
DGDPO = f"{VIEWER}#run=dgdpo/ml-1m-dgdpo&recommender=sasrec&strategy=none"


def rows(page):
    return page.locator("#t-page tbody tr")


def drawn(page, user, number):
    """Wait until a round of a user is shown."""
    page.wait_for_function(f"document.body.dataset.drawn === '{user}-{number}'")


def test_nothing_sticks_out_sideways(visit):
    for path in EVERY:
        page = visit(path)
        page.evaluate("document.querySelectorAll('main details').forEach((each) => { each.open = true; })")
        for width in (1280, 768, 390, 320):
            page.set_viewport_size({"width": width, "height": 844})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (path, width)
        page.close()


def test_all_text_can_be_read_against_its_background(visit):
    for path in EVERY:
        page = visit(path)
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
            assert page.evaluate(CONTRAST) == [], (path, scheme)
        page.close()


def test_the_check_of_contrast_finds_pale_text(visit):
    page = visit("dgdpo/table-2.html")
    page.evaluate("document.querySelector('.authors').style.color = '#aaa'")
    assert [poor[:8] for poor in page.evaluate(CONTRAST)] == ["authors "]


def test_the_overview_leads_to_table_2_and_back(visit):
    page = visit()
    page.click("main a:has-text('Table 2') >> nth=0")
    assert page.locator("#T2-ml-1m .compare:not(.small) .value").count() == 6 * 4
    assert page.locator("nav a[aria-current=page]").inner_text() == "Table 2: comparison"
    page.click("nav a:has-text('Overview')")
    assert "index.html" in page.url


def test_on_a_phone_the_contents_are_folded_and_on_a_desktop_they_are_not(visit):
    assert not visit("dgdpo/table-2.html", 390).locator("nav ol").first.is_visible()
    assert visit("dgdpo/table-2.html", 1280).locator("nav ol").first.is_visible()


def test_figures_take_the_colours_of_the_theme(visit):
    colours = set()
    for scheme in ("light", "dark"):
        page = visit("dgdpo/rounds.html", color_scheme=scheme)
        assert page.locator("main svg[role=img]").count() >= 16
        colours.add(page.evaluate("getComputedStyle(document.querySelector('main figure svg text')).fill"))
    assert len(colours) == 2


def test_a_user_is_chosen_and_linked_to(visit):
    page = visit(VIEWER)
    page.select_option("#t-data", "books")
    page.select_option("#t-run", "dgdpo/books-dgdpo")
    page.select_option("#t-recommender", "sasrec")
    page.select_option("#t-strategy", "with_gt")
    page.select_option("#t-user", "103")
    page.locator("#t-rounds button").nth(2).click()
    drawn(page, 103, 3)
    page.wait_for_function("location.hash.includes('round=3') && location.hash.includes('strategy=with_gt')")
    text = page.locator("#t-page").inner_text()
    assert "Round 3: yes to" in text
    assert rows(page).count() == 20
    assert page.locator("#t-page tr.is-true").count() == 1
    linked = visit(VIEWER + page.evaluate("location.hash"))
    assert linked.locator("#t-page").inner_text() == text
    assert [linked.input_value(f"#t-{name}") for name in ("data", "recommender", "strategy", "user")] == [
        "books",
        "sasrec",
        "with_gt",
        "103",
    ]


def test_a_changed_address_changes_what_is_shown(visit):
    page = visit(DGDPO + "&user=100&round=1")
    page.evaluate("location.hash = 'run=dgdpo/ml-1m-agent4rec&recommender=fpmc&strategy=none&user=104&round=2'")
    drawn(page, 104, 2)
    assert page.input_value("#t-run") == "dgdpo/ml-1m-agent4rec"


def test_keys_move_through_users_and_rounds(visit):
    page = visit(DGDPO + "&user=100&round=1")
    for key, user, number in (("j", 101, 1), ("j", 102, 1), ("k", 101, 1), ("ArrowRight", 101, 2), ("ArrowLeft", 101, 1)):
        page.keyboard.press(key)
        drawn(page, user, number)
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.body.dataset.drawn") == "101-1", "there is no round 0"
    page.keyboard.press("?")
    assert page.locator("#t-keys p").is_visible()


def test_a_slash_finds_a_user_by_number_or_true_item(visit):
    page = visit(DGDPO + "&user=100&round=1")
    title = page.locator("#t-page tr.is-true .title").inner_text()
    page.keyboard.press("/")
    page.keyboard.type("104")
    drawn(page, 104, 1)
    assert page.locator("#t-count").inner_text().startswith("1 of 6 users")
    page.keyboard.press("Escape")
    page.wait_for_function("document.getElementById('t-count').textContent.startsWith('6 of 6')")
    page.keyboard.press("/")
    page.keyboard.type(title.lower())
    page.wait_for_function("!document.getElementById('t-count').textContent.startsWith('6 of 6')")
    assert "100" in page.locator("#t-user").inner_text()
    assert page.evaluate("document.activeElement.id") == "t-find"


def test_the_filter_leaves_rounds_in_which_the_true_item_was_declined(visit):
    page = visit(f"{VIEWER}#run=dgdpo/ml-1m-agent4rec&recommender=fpmc&strategy=none")
    page.select_option("#t-filter", "declined")
    page.wait_for_function("location.hash.includes('filter=declined')")
    users = page.locator("#t-user option").count()
    assert users > 0
    seen = set()
    for _ in range(8):
        page.wait_for_timeout(40)
        assert page.locator("#t-page .told b.no").inner_text() == "declined"
        seen.add(page.evaluate("document.body.dataset.drawn"))
        page.keyboard.press("ArrowRight")
        page.wait_for_timeout(40)
        if page.evaluate("document.body.dataset.drawn") in seen:
            page.keyboard.press("j")
    assert len(seen) > 1


def test_only_yes_the_true_and_the_chosen_item_are_shown_on_wish(visit):
    page = visit(DGDPO + "&user=100&round=1")
    page.keyboard.press("s")
    page.wait_for_function("document.querySelectorAll('#t-page tbody tr').length < 20")
    assert page.locator("#t-page tr.is-true").count() == 1
    assert page.locator("#t-page td.said.no").count() <= 1


def test_missing_verdicts_and_unreadable_replies_are_said(visit):
    page = visit(DGDPO + "&user=100&round=4")
    assert "1 verdict was missing in the reply and counts as no" in page.locator("#t-page").inner_text()
    page = visit(DGDPO + "&user=105&round=2")
    assert "The reply itself (read as lenient)" in page.locator("#t-page").inner_text()


def test_a_method_without_a_profile_says_so(visit):
    page = visit(f"{VIEWER}#run=dgdpo/ml-1m-kuaisim&recommender=fpmc&strategy=none&user=101&round=1")
    text = page.locator("#t-page").inner_text()
    assert "no written profile" in text
    assert "p = 0.613" in text


def test_odd_titles_stay_text(visit):
    page, seen = visit(DGDPO + "&user=100&round=1"), ""
    for user in range(6):
        for number in range(4):
            drawn(page, 100 + user, number + 1)
            seen += page.locator("#t-page").inner_text()
            page.keyboard.press("ArrowRight")
        page.locator("#t-rounds button").first.click()
        drawn(page, 100 + user, 1)
        page.keyboard.press("j")
    assert "</script>" in seen
    assert "<b>Bold</b>" in seen
    assert page.locator("#t-page b:not(.yes):not(.no)").count() == 0


def test_versions_of_a_profile_are_told_with_what_changed(browser, visit, tmp_path):
    page = visit(VIEWER)
    pieces = page.evaluate("reproduce.difference(reproduce.phrases('a (x, y), b. c'), reproduce.phrases('a (x, y), c, d'))")
    assert pieces == [["keep", "a (x, y)"], ["drop", "b."], ["keep", "c"], ["add", "d"]]


def test_a_profile_s_story_has_the_steps_of_figure_5(visit):
    page = visit("dgdpo/cases.html")
    text = page.locator("#p-story").inner_text()
    for step in ("(1) Initial profile", "(2) and (3) Cases", "(4) Suggestions", "(5) Updated profile"):
        assert step in text
    assert page.locator("#p-story ins.add").count() >= 1
    assert page.locator("#p-story del.drop").count() >= 1
    page.click("#p-next")
    page.click("#p-next")
    page.wait_for_function("document.querySelector('#p-story h3').textContent === 'User 102'")
    page.locator("#p-story summary", has_text="rejected").click()
    assert "Rejected (names title): the old profile stays." in page.locator("#p-story").inner_text()


def test_every_control_has_a_name_and_can_be_reached_by_keyboard(visit):
    for path in (VIEWER, "dgdpo/cases.html"):
        page = visit(path)
        nameless = page.evaluate("""() => [...document.querySelectorAll("select, button, input")]
            .filter((each) => !(each.labels?.length || each.textContent.trim() || each.ariaLabel)).map((each) => each.id)""")
        assert nameless == []
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "skip"


def test_the_theme_can_be_turned(visit):
    page = visit()
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.click("#theme")
    page.click("#theme")
    assert page.evaluate("document.documentElement.dataset.theme") == "dark"
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_without_scripts_the_numbers_and_figures_are_still_there(browser, folder):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto((folder / "dgdpo" / "table-2.html").as_uri())
    assert page.locator("#T2-books .compare:not(.small) .value").count() == 6 * 4
    assert page.locator("nav ol").first.is_visible()
    page.goto((folder / "dgdpo" / "transcripts.html").as_uri())
    assert page.locator("noscript p").is_visible()
    context.close()


def test_a_printed_page_leaves_the_contents_out(visit):
    page = visit("dgdpo/table-2.html")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible()
    assert page.locator("#T2-books table").first.is_visible()


# ---------------------------------------------------------------- a thousand users


@pytest.fixture(scope="module")
def large(tmp_path_factory):
    return large_report(tmp_path_factory.mktemp("large"), USERS)


def test_a_thousand_users_of_ten_rounds_open_in_two_seconds(visit, large):
    page = visit(VIEWER, within=large)
    shown = page.evaluate("performance.now()") / 1000
    assert shown < SECONDS
    assert page.locator("#t-user option").count() == USERS
    assert page.locator("#t-count").inner_text() == "1,000 of 1,000 users, 10,000 rounds"
    assert rows(page).count() == 20
    page.select_option("#t-user", "987")
    drawn(page, 987, 1)
    assert "by user 987." in page.locator("#t-page").inner_text()


def test_all_of_them_load_in_two_seconds(visit, large):
    page = visit(VIEWER, within=large)
    took, rounds = page.evaluate(
        """async () => {
          const begin = performance.now();
          const blocks = await Promise.all([...Array(20).keys()].flatMap((block) => [
            reproduce.load(`data/dgdpo/dgdpo-ml-1m-dgdpo/sasrec-none-${block}`),
            reproduce.load(`data/dgdpo/items/ml-1m-${block}`)]));
          const users = blocks.filter((_, place) => place % 2 === 0).flatMap((block) => Object.values(block.users));
          return [(performance.now() - begin) / 1000, users.reduce((sum, user) => sum + user.rounds.length, 0)];
        }"""
    )
    assert rounds == 10 * USERS
    assert took < SECONDS


def test_declined_truths_are_found_among_all_users_without_loading_their_rounds(visit, large):
    page = visit(VIEWER, within=large)
    page.select_option("#t-filter", "declined")
    page.wait_for_function("location.hash.includes('filter=declined')")
    count = page.locator("#t-count").inner_text()
    assert not count.startswith("1,000 of")
    loaded = page.evaluate("performance.getEntriesByType('resource').filter((each) => /sasrec-none-/.test(each.name)).length")
    assert loaded <= 2
