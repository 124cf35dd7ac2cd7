"""Pages on learners and simulators: numbers, intervals and printed values, curves, explained steps, features, seconds."""

from __future__ import annotations

import io
import re

import pytest
from found import one, results_of
from rich.console import Console
from scripted_learning import DATASETS
from scripted_report import LUS, letters

from reproduce.report.learnt import _seconds
from reproduce.report.plots import ORDER, over_steps
from reproduce.report.steps import MOST_ITEMS, MOST_STEPS, steps
from reproduce.report.terminal import show_results
from reproduce.stages import report


@pytest.fixture(scope="module")
def folder(reported):
    return reported.results / "report"


@pytest.fixture(scope="module")
def page(folder):
    """The text of a page by its name."""
    return lambda name: (folder / LUS / f"{name}.html").read_text(encoding="utf-8")


def test_table_2_has_means_deviations_intervals_and_printed_values(reported, page):
    text = letters(page("table-2"))
    found = one(results_of(reported, LUS), table="T2", dataset="yelp", row="DQN", metric="avg_reward")
    numbers = f"{found.value:.2f} ± {found.sd:.2f} {found.low:.2f} to {found.high:.2f} paper 27.56"
    assert numbers in text
    assert text.count("3 seeds, ± standard deviation between seeds, 95 % t intervals over seeds") == len(DATASETS)
    assert "bootstrap" not in text


def test_table_6_says_which_numbers_are_over_seeds_and_which_over_users(page):
    text = letters(page("table-6"))
    assert "A. Rwd, T. Rwd: 3 seeds, ± standard deviation between seeds, 95 % t intervals over seeds" in text
    assert "AUC: 60 users, 95 % bootstrap intervals over users" in text
    assert "paper 0.76" in text
    assert "Replies that gave no value" not in text, "nobody asked a model"


def test_features_are_words_and_marked_as_read_from_the_prose(page):
    text = letters(page("table-5"))
    assert "read from the paper's prose" in text.replace("&#39;", "'")
    assert "✗ no, offline only" in text
    assert page("table-5").count('class="said-yes">✓ yes') >= 5


def test_steps_colour_what_matched_and_say_it_in_words(page):
    text = page("tables-3-and-4")
    first, second, third = text.split("<article")[1:]
    assert first.count('<mark class="con">loud<span class="hidden"> (matches)</span></mark>') == 2
    assert "<mark" not in second
    assert third.count('<mark class="pro">child-friendly<span class="hidden"> (matches)</span></mark>') == 2
    assert "a tie, so a coin" in second
    assert "coin" in letters(second.split("f_sim")[0])
    assert "the whole history, because it holds no item of the category" in letters(second)
    assert "the items of the same category; 2 others not" in letters(third)
    assert first.count(">nearest</span>") == 2
    assert "0 matching pros of liked items against 1 matching cons of disliked ones" in letters(first)
    assert "&lt;script&gt;alert(1)" in text
    assert "<script>alert" not in text
    assert "&lt;i&gt;fun&lt;/i&gt;" in text


def step(**changes):
    """One line of `explained.jsonl` with an empty history."""
    line = {
        "user": 1,
        "asked": None,
        "item": {"item": 1, "title": "A", "categories": [], "pos": [], "neg": []},
        "history": [],
        "not_compared": 0,
        "matched": {"liked": {}, "disliked": {}},
        "nearest": {"liked": None, "disliked": None},
        "scores": {"a_pos": 0.0, "a_neg": 0.0, "b_pos": None, "b_neg": None, "p": 0.5},
        "votes": {"f_mat": 1, "f_sim": 0, "f_sta": 1},
        "coins": ["f_mat", "f_sim"],
        "probability": 0.666667,
        "liked": 1,
    }
    return {**line, **changes}


def test_a_step_without_any_history_is_told():
    (only,) = steps([step()])
    assert only.known == only.pros == ()
    assert only.categories == "no category"
    assert [vote.why for vote in only.votes] == [
        "0 matching pros of liked items against 0 matching cons of disliked ones: a tie, so a coin",
        "no liked item against no disliked item: a tie, so a coin",
        "p = 0.500, at least 0.5",
    ]


def test_matching_and_nearest_items_are_shown_before_the_latest():
    card = {"title": "x", "categories": ["c"], "pos": ["a"], "neg": [], "liked": 1, "recommended": False, "compared": "category"}
    history = [{**card, "item": k, "matched": ["a"] if k == 0 else [], "cosine": 0.1 * (k == 1)} for k in range(20)]
    nearest = {"liked": {"item": 1, "title": "x", "cosine": 0.1}, "disliked": None}
    (only,) = steps([step(history=history, nearest=nearest)])
    assert len(only.known) == MOST_ITEMS
    assert only.more == 20 - MOST_ITEMS
    assert [item.nearest for item in only.known] == [False, True, *[False] * (MOST_ITEMS - 2)]
    assert len(steps([step()] * 40)) == MOST_STEPS


def test_there_is_a_learning_curve_figure_per_data_set_and_one_of_the_simulators(folder, page):
    drawn = {path.stem for path in (folder / "figures" / LUS).glob("learning-*.svg")}
    assert drawn == {*(f"learning-{dataset}" for dataset in DATASETS), "learning-yelp-simulators"}
    text = letters(page("learning"))
    assert "DQN in every simulator, Yelp" in text
    for name in ("KuaiSim", "SUBER", "Ensemble, all six (released code)"):
        assert name in text
    assert "of steps A. Rwd lowest and highest seed DQN 10,000" in text


def test_a_policy_that_learns_nothing_is_a_level_and_learners_keep_their_colours(reported):
    results = results_of(reported, LUS)
    for drawing in over_steps(reported.paper(LUS), results):
        if not drawing.id.endswith("simulators"):
            for panel in drawing.rows[0]:
                assert {series.name: series.style for series in panel.series} == {name: place for place, name in enumerate(ORDER)}
                (random,) = [series for series in panel.series if series.name == "Random"]
                assert len(set(random.values)) == 1
                assert random.at == (0, 40000)
                (dqn,) = [series for series in panel.series if series.name == "DQN"]
                assert dqn.at == (10000, 20000, 30000, 40000)


def test_calibration_is_drawn_for_every_simulator_and_vote(folder, page):
    text = page("calibration")
    yelp = text[
        text.index("Do scores and votes mean what they say, Yelp") : text.index(
            "Do scores and votes mean what they say, Amazon Music"
        )
    ]
    assert yelp.count("<figure>") == 4
    for source in ("score", "f_mat", "f_sim", "f_sta", "p of f_sta"):
        assert source in letters(yelp)
    assert "Brier score" in letters(text)


def test_assumptions_of_the_off_policy_estimate_are_named(page):
    text = letters(page("logged"))
    for assumption in (
        "propensity is popularity",
        "No unobserved confounding",
        "One held-out item per user",
        "Weights above 10 are cut",
    ):
        assert assumption in text
    assert "bootstrap intervals over users and seeds" in text


def test_data_sets_come_in_the_order_of_the_paper(page):
    text = page("episodes")
    places = [
        text.index(f"<summary>{label}</summary>") for label in ("Yelp", "Amazon Music", "Amazon Games", "Amazon Movie", "Anime")
    ]
    assert places == sorted(places)


def test_seconds_stand_beside_the_printed_ones_with_their_hardware(page):
    text = letters(page("inference"))
    assert "two cores of an invented machine" in text
    assert "Ensemble 83 µs 70 µs to 110 µs 12,048 0.76" in text
    assert "SUBER 1.2 s – 1 2.42" in text
    assert "the paper has KuaiSim, Ensemble, SUBER; so have we" in text


def test_without_a_measurement_there_is_no_page_of_seconds(reported, tmp_path):
    told = report.told(reported, LUS, reported.paper(LUS).model_copy(update={"inference": None}), results_of(reported, LUS))
    assert told.material.inference is None


@pytest.mark.parametrize(("value", "words"), [(2.42, "2.42 s"), (0.0139, "13.9 ms"), (8.3e-5, "83 µs"), (4.2e-8, "42 ns")])
def test_a_time_has_a_unit_with_few_zeros(value, words):
    assert _seconds(value).replace("\N{NO-BREAK SPACE}", " ") == words


def test_the_overview_tells_learners_seeds_and_simulators(folder):
    text = letters((folder / "index.html").read_text(encoding="utf-8"))
    assert "Learners PPO, TRPO, A2C, DQN, Random Seeds per learner 3 Simulators Ensemble" in text
    assert "the interval is Welch's" in text.replace("&#39;", "'")
    assert text.count("A curve is flat when") == 1, "only where the paper says how curves run"
    assert "9 of 12" in text


def test_the_terminal_shows_seeds_auc_and_logged_feedback(reported):
    file = io.StringIO()
    show_results(reported, False, Console(file=file, highlight=False, width=80))
    text = file.getvalue()
    assert "Table 2: Yelp (3 seeds)" in text
    assert "Table 6: Yelp (A. Rwd, T. Rwd: 3 seeds; AUC: 60 users)" in text
    assert "AUC on the held-out interaction of every user" in text
    assert "Real logged feedback" in text
    assert re.search(r"DQN in +\+0\.1", text)
    assert max(map(len, text.splitlines())) <= 80
