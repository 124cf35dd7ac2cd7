"""All of DGDPO's results from scripted runs: every table and figure, and what the paper does not have."""

from __future__ import annotations

import csv
import json
from itertools import combinations

import pytest
from found import evaluated, one, results_of, rows
from scipy import stats
from scripted_paper import OBJECTIVE, whole_project

from reproduce.errors import MissingInput
from reproduce.files import read_json, read_jsonl, write_json, write_jsonl
from reproduce.results.measures import MEASURES
from reproduce.stages import evaluate

METHODS = ("KuaiSim", "Agent4Rec", "LLM-US", "RAH", "AgentCF", "DGDPO")
DATASETS = ("ml-1m", "books", "movies-tv")
METRICS = ("precision", "recall", "accuracy", "f1")
AGGREGATIONS = ("user_macro", "micro", "list_macro")
OURS = ("profiles", "taste", "audit", "acceptance", "sensitivity", "aggregations")
"""Tables of ours that runs of this paper's kinds fill."""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return evaluated(whole_project(tmp_path_factory.mktemp("checkout")))


@pytest.fixture(scope="module")
def results(project):
    return results_of(project)


# ---------------------------------------------------------------- the paper's


def test_every_printed_cell_is_filled(project, results):
    at = {(row.table, row.dataset, row.row, row.column) for row in results.rows}
    empty = [cell for cell in project.paper("dgdpo").cells() if (cell.table, cell.dataset, cell.row, cell.column) not in at]
    assert empty == []
    assert sum(row.printed is not None for row in results.rows) == 15 + 72 + 12 + 3 + 20 + 16 + 8 + 2


def test_every_line_of_every_figure_is_drawn(results):
    drawn = {(curve.figure, curve.row, curve.strategy) for curve in results.curves if curve.over == "round"}
    assert drawn == {("F3", "DGDPO", strategy) for strategy in ("none", "without_gt", "with_gt")} | {
        ("F4", method, "none") for method in METHODS
    }
    assert {curve.recommender for curve in results.curves if curve.over == "round"} == {
        "mean",
        "fpmc",
        "narm",
        "sasrec",
        "lrurec",
    }


def test_one_run_fills_all_cells_that_it_is_named_for(results):
    lines = [("T2", "DGDPO"), ("T3", "DGDPO"), ("T4", "0.6"), ("T5", "Qwen3-0.6B (Ours)")]
    for metric in METRICS:
        values = {
            one(results, table=table, dataset="books", row=row, metric=metric, recommender="mean", scope="user_macro").value
            for table, row in lines
        }
        assert len(values) == 1


def test_a_gain_follows_from_the_lines_of_its_table(results):
    for dataset in DATASETS:
        gains = []
        for metric in METRICS:
            values = {
                row.row: row.value
                for row in rows(results, table="T2", dataset=dataset, metric=metric, recommender="mean", scope="user_macro")
            }
            own = values.pop("DGDPO")
            gain = one(results, table="T2-improve", dataset=dataset, metric=f"{metric}_gain")
            assert gain.value == pytest.approx(100 * (own / max(values.values()) - 1), abs=0.01)
            assert values[gain.against] == max(values.values())
            gains.append(gain.value)
        assert one(results, table="T2-text", dataset=dataset).value == pytest.approx(sum(gains) / 4, abs=1e-5)


def test_the_runner_up_of_every_metric_is_tested(results):
    assert {(test.dataset, test.metric) for test in results.tests} == {(name, metric) for name in DATASETS for metric in METRICS}
    for test in results.tests:
        gain = one(results, table="T2-improve", dataset=test.dataset, metric=f"{test.metric}_gain")
        assert (test.runner_up, test.method, test.family, test.pairs) == (gain.against, "DGDPO", 12, 8)
        assert test.t_p <= test.t_holm <= test.t_bonferroni


def test_the_average_of_figure_1_is_complete(results):
    average = one(results, table="F1", dataset="average", row="specialized diagnostic module")
    each = [
        one(
            results, table="F1", dataset=dataset, row="specialized diagnostic module", scope="random", metric="diagnosis_accuracy"
        ).value
        for dataset in DATASETS
    ]
    assert average.value == pytest.approx(sum(each) / 3, abs=1e-5)


def test_relations_speak_of_all_tables_and_figures(results):
    said = {relation.where: relation for relation in results.relations}
    assert set(said) == {"T2", "T3", "T4", "T5", "F1", "F3", "F4"}
    assert "60 of 60 comparisons" in said["T2"].why
    assert all("no run" not in relation.why for relation in results.relations)


def test_table_6_has_every_optimum_and_every_search(results):
    assert len(results.optima) == 57
    assert {each.equal for each in results.optima} == {True, False}
    assert len(results.studies) == 5 * 3
    assert {(study.best, study.printed, study.printed_rank, study.objective) for study in results.studies} >= {
        (0.31, 0.28, 2, OBJECTIVE)
    }


def test_one_example_per_defect_comes_from_the_run_on_books(project, results):
    assert [(each.figure, each.label) for each in results.examples] == [
        ("F5", "incomplete"),
        ("F11a", "inaccurate"),
        ("F11b", "inaccurate_incomplete"),
    ]
    lines = {
        (line["user"], line["batch"]): line for line in read_jsonl(project.build / "runs/dgdpo/books-dgdpo/treatments.jsonl")
    }
    for example in results.examples:
        line = lines[example.user, example.batch]
        assert line["accepted"]
        assert (line["before"], line["after"], tuple(line["suggestions"])) == (example.before, example.after, example.suggestions)
        assert any(case["item"] == example.item and case["label"] == example.label for case in line["cases"])


# ---------------------------------------------------------------- ours


def test_every_metric_of_our_tables_is_described_and_found(results):
    for table in OURS:
        metrics = MEASURES[table]
        found = {row.metric for row in rows(results, table=table)}
        assert found <= set(metrics)
        assert set(metrics) - found <= {"dislikes_precision"}, table


def test_acceptance_on_the_pages_is_what_recall_and_accuracy_say(results):
    """dgdpo.md 2.2: yes per page = 2 Rec + 19 - 20 Acc, pooled."""
    for dataset in DATASETS:
        for method in METHODS:
            line = {
                row.metric: row.value
                for row in rows(results, table="T2", dataset=dataset, row=method, recommender="mean", scope="micro")
            }
            audit = {(row.metric, row.scope): row.value for row in rows(results, table="audit", dataset=dataset, row=method)}
            assert audit["yes_per_page", "all"] == pytest.approx(2 * line["recall"] + 19 - 20 * line["accuracy"], abs=1e-4)
            assert audit["yes_rate", "true item"] == pytest.approx(line["recall"], abs=2e-6)
            assert 20 * audit["yes_rate", "all"] == pytest.approx(audit["yes_per_page", "all"], abs=2e-5)
            pooled = audit["yes_rate", "true item"] + 19 * audit["yes_rate", "negatives"]
            assert pooled == pytest.approx(audit["yes_per_page", "all"], abs=1e-4)


def test_orders_tell_flips_and_the_pull_of_the_first_places(results):
    for method in METHODS:
        audit = {(row.metric, row.scope): row.value for row in rows(results, table="audit", dataset="ml-1m", row=method)}
        assert audit["flip_rate", "reversed"] == pytest.approx(1 / 20), "the script flips one verdict of a page"
        assert audit["flip_rate", "shuffled"] == 0
        assert audit["selection_effect", "same item"] < -0.05, "the script selects the first yes"
        assert abs(audit["position_effect", "same item"]) < 0.05
        assert audit["first_half_selected", "reversed"] > 0.8
        assert audit["selection_change", "reversed"] > audit["selection_change", "shuffled"] > 0.5


def test_curves_of_the_audit_run_over_places_and_popularity(results):
    curves = [curve for curve in results.curves if curve.figure == "audit"]
    assert {(curve.over, len(curve.values)) for curve in curves} == {("position", 20), ("popularity", 5)}
    selected = next(
        curve
        for curve in curves
        if (curve.metric, curve.scope, curve.over, curve.row) == ("selection_rate", "reversed", "position", "RAH")
    )
    assert sum(selected.values) == pytest.approx(1, abs=1e-4), "every page has a selection"
    for curve in curves:
        if (curve.metric, curve.over) == ("yes_rate", "position") and curve.scope != "negatives":
            said = one(results, table="audit", row=curve.row, metric="yes_rate_in_order", scope=curve.scope).value
            assert sum(curve.values) / 20 == pytest.approx(said, abs=2e-6)


def test_true_items_are_no_negatives_at_any_place(project, results):
    """Counted from the transcripts themselves."""
    yes, shown = [0] * 20, [0] * 20
    for line in read_jsonl(project.build / "runs" / "dgdpo" / "movies-tv-rah" / "transcripts.jsonl"):
        for page in line["rounds"]:
            for place, verdict in enumerate(page["reaction"]["verdicts"]):
                if place != page["truth"]:
                    yes[place] += verdict["yes"]
                    shown[place] += 1
    (curve,) = (
        curve
        for curve in results.curves
        if (curve.figure, curve.run, curve.scope, curve.over) == ("audit", "dgdpo/movies-tv-rah", "negatives", "position")
    )
    assert curve.values == tuple(pytest.approx(said / of, abs=1e-6) for said, of in zip(yes, shown, strict=True))


def test_a_profile_that_names_a_title_is_counted(tmp_path):
    project = whole_project(tmp_path, users=4, rounds=2, samples=6)
    folder = project.build / "runs" / "dgdpo" / "books-rah"
    told = [line for line in read_jsonl(folder / "transcripts.jsonl") if line["user"] == 101]
    test = {page["shown"][page["truth"]] for page in told[0]["rounds"]}
    known = next(item for item in told[0]["history"] if item not in test)
    title = {line["item"]: line["title"] for line in read_jsonl(project.build / "data" / "books" / "items.jsonl")}[known]
    lines = read_jsonl(folder / "profiles.jsonl")
    lines[1]["final"] += f", films like {title}"
    write_jsonl(folder / "profiles.jsonl", lines)
    evaluate.run(project, "dgdpo")
    found = results_of(project)
    assert one(found, table="audit", dataset="books", row="RAH", metric="names_history", scope="final").value == 0.25
    assert one(found, table="audit", dataset="books", row="RAH", metric="names_test", scope="final").value == 0
    assert not rows(found, table="audit", row="KuaiSim", metric="names_history"), "a trained model has no profile"


def test_unseen_items_are_compared_with_the_run_without(results):
    change = one(results, table="acceptance", row="DGDPO, with negatives", column="difference", metric="recall")
    recall = [
        one(results, table="acceptance", dataset="ml-1m", row=row, column="recall").value
        for row in ("DGDPO, with negatives", "DGDPO")
    ]
    assert change.against == "DGDPO"
    assert change.value == pytest.approx(recall[0] - recall[1], abs=2e-6)
    assert one(results, table="acceptance", row="DGDPO", dataset="books", metric="yes_rate_change").value == pytest.approx(0.2)
    (claim,) = [each for each in results.expectations if each.where == "acceptance"]
    assert claim.comparisons[0].of == "negatives declined"


def test_optimised_profiles_are_compared_with_single_step_ones_on_the_same_pages(results):
    for dataset in DATASETS:
        change = one(
            results, table="acceptance", dataset=dataset, row="DGDPO", column="difference", metric="yes_rate", scope="negatives"
        )
        both = [
            one(results, table="audit", dataset=dataset, row=row, column="yes_rate", scope="negatives").value
            for row in ("DGDPO", "Agent4Rec")
        ]
        assert change.against == "Agent4Rec"
        assert change.value == pytest.approx(both[0] - both[1], abs=2e-6)
        assert change.low < change.value < change.high


def test_tastes_are_compared_with_the_single_step_and_with_every_ablation(results):
    claims = [each for each in results.expectations if each.where == "taste"]
    assert len(claims) == 3 + 1, "three data sets, ablations on one"
    whole = claims[0]
    assert (whole.answer, len(whole.comparisons)) == ("holds", 4)
    ablations = next(claim for claim in claims if "ablations" in claim.says)
    assert {each.better for each in ablations.comparisons} == {"DGDPO"} | {
        f"DGDPO, w/o {part}" for part in ("iteration", "specialized LLM", "fine-tuning", "pre-training")
    }
    differences = rows(results, table="taste", dataset="books", column="difference", metric="taste_recall")
    assert {row.against for row in differences} >= {"Agent4Rec", "RAH", "DGDPO, alpha 0.5", "DGDPO, first profile"}
    for row in differences:
        if row.against == "Agent4Rec":
            both = [
                one(results, table="taste", dataset="books", row=name, column="taste_recall", scope="final").value
                for name in (row.row, row.against)
            ]
            assert row.value == pytest.approx(both[0] - both[1], abs=2e-6)


def test_stated_tastes_are_planted_contradicted_or_invented(results):
    for row in rows(results, table="taste", column="contradicted", scope="final"):
        invented = one(results, table="taste", dataset=row.dataset, row=row.row, column="invented", scope="final").value
        assert 0 <= row.value + invented <= 1


def test_variance_is_shared_out_among_users_seeds_and_wordings(results):
    for method in ("Agent4Rec", "DGDPO"):
        for metric in ("precision", "recall", "f1"):
            shares = {
                row.scope: row.value for row in rows(results, table="sensitivity", row=method, column="share", metric=metric)
            }
            assert set(shares) == {"user", "seed", "prompt", "user:seed", "user:prompt", "seed:prompt", "residual"}
            assert sum(shares.values()) == pytest.approx(1, abs=1e-5)
            assert shares["prompt"] == shares["user:prompt"] == shares["residual"] == 0, "the script knows no wording"
            headlines = [row.value for row in rows(results, table="sensitivity", row=method, column="headline", metric=metric)]
            assert len(headlines) == 3 * 2
            span = one(results, table="sensitivity", row=method, column="range", metric=metric).value
            assert span == pytest.approx(max(headlines) - min(headlines), abs=2e-6)


def test_the_agreement_of_aggregations_is_that_of_the_table(results):
    flipped = {(flip.dataset, flip.metric, flip.scope, flip.other, flip.ahead, flip.behind) for flip in results.flips}
    for dataset in DATASETS:
        for metric in METRICS:
            values = {
                scope: [
                    one(results, table="T2", dataset=dataset, row=row, metric=metric, recommender="mean", scope=scope).value
                    for row in METHODS
                ]
                for scope in AGGREGATIONS
            }
            for first, second in combinations(AGGREGATIONS, 2):
                tau = one(results, table="aggregations", dataset=dataset, metric=metric, scope=f"{first} and {second}")
                ties = len(set(values[first])) < 6 or len(set(values[second])) < 6
                if not ties:
                    assert tau.value == pytest.approx(stats.kendalltau(values[first], values[second]).statistic, abs=1e-6)
                    here = [flip for flip in flipped if flip[:4] == (dataset, metric, first, second)]
                    assert tau.value == pytest.approx(1 - 2 * len(here) / 15, abs=1e-6)


def test_a_method_whose_replies_were_made_up_too_often_is_marked(tmp_path):
    project = whole_project(tmp_path, users=3, rounds=2, samples=6)
    path = project.build / "runs" / "dgdpo" / "books-rah" / "replies.json"
    found = read_json(path)
    found["prompts"]["dgdpo/round.v1"]["statuses"] |= {"fallback": 12, "strict": 386}
    write_json(path, found)
    evaluate.run(project, "dgdpo")
    results = results_of(project)
    assert {key for key, run in results.runs.items() if run.marked} == {"dgdpo/books-rah"}
    assert results.runs["dgdpo/books-rah"].method == "RAH"
    with (project.results / "dgdpo" / "replies.csv").open(encoding="utf-8") as file:
        marked = [line for line in csv.DictReader(file) if line["marked"] == "True"]
    assert [(line["method"], line["share"]) for line in marked] == [("RAH", "0.03")]


def test_what_is_so_of_many_runs_is_remarked_once(tmp_path):
    project = whole_project(tmp_path, users=2, rounds=1, samples=6)
    for path in project.build.glob("runs/dgdpo/books-*/transcripts.jsonl"):
        write_jsonl(path, [line for line in read_jsonl(path) if line["recommender"] == "sasrec"])
    evaluate.run(project, "dgdpo")
    said = [remark for remark in results_of(project).remarks if "recommenders" in remark]
    assert said == [
        "mean over 1 of 4 recommenders (sasrec): dgdpo/books-kuaisim, dgdpo/books-agent4rec and 12 more runs",
    ]


# ---------------------------------------------------------------- files


def test_there_is_a_csv_per_table_and_figure(project):
    names = {path.stem for path in (project.results / "dgdpo").glob("*.csv")}
    paper = {"T1", "T2", "T2-improve", "T2-text", "T3", "T4", "T5", "T6", "T6-studies", "F1", "F3-curves", "F4-curves"}
    assert names == paper | set(OURS) | {"audit-curves", "tests", "flips", "replies"}


def test_the_whole_paper_evaluates_to_the_same_bytes_again(project):
    before = {path: path.read_bytes() for path in sorted(project.results.rglob("*")) if path.is_file()}
    evaluate.run(project, "dgdpo")
    assert before == {path: path.read_bytes() for path in sorted(project.results.rglob("*")) if path.is_file()}


def test_the_headline_needs_its_own_runs_only(project, results):
    part = project.paper("dgdpo").part()
    folder = project.results / "headline"
    found = evaluate.evaluate_into(project, "dgdpo", part, folder)
    assert set(found.runs) == {
        f"dgdpo/ml-1m-{name}" for name in ("kuaisim", "agent4rec", "llm-us", "rah", "agentcf", "dgdpo", "diagnosis")
    }
    assert {row.table for row in found.rows} <= {"T2", "F1", *OURS}
    for method in METHODS:
        wanted = {"table": "T2", "row": method, "metric": "f1", "recommender": "mean", "scope": "user_macro"}
        assert one(found, **wanted).value == one(results, dataset="ml-1m", **wanted).value
    assert len(found.tests) == 4


def test_all_missing_searches_are_named_at_once(tmp_path):
    project = whole_project(tmp_path, users=2, rounds=1, samples=6)
    (project.build / "tunings" / "dgdpo" / "books-tuning" / "best.json").unlink()
    with pytest.raises(MissingInput, match=r"1 of 3 searches are not there \(`dgdpo/books-tuning`\)"):
        evaluate.run(project, "dgdpo")


@pytest.mark.parametrize(
    ("key", "name", "message"),
    [("ml-1m-audit-rah", "orders", "pages in 3 orders"), ("ml-1m-sensitivity-dgdpo", "verdicts", "the design is not crossed")],
)
def test_a_page_or_a_user_that_is_not_in_every_cell_of_a_design_is_refused(tmp_path, key, name, message):
    project = whole_project(tmp_path, users=2, rounds=1, samples=6)
    path = project.build / "runs" / "dgdpo" / key / f"{name}.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    assert json.loads(lines[0])["user"] == 100
    path.write_text("".join(lines[1:]), encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        evaluate.run(project, "dgdpo")
