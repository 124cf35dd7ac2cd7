from __future__ import annotations

import csv
import json

import pytest
import scripted_runs
from found import evaluated, results_of, rows
from scripted_runs import RECOMMENDERS, few

from reproduce.errors import MissingInput, SpecError
from reproduce.files import read_json, write_json, write_jsonl
from reproduce.results.document import Results
from reproduce.stages import evaluate

SPLITS = ("random", "unseen", "unseen_phrasing", "literal")


def scripted_project(root, **edits):
    return few(scripted_runs.scripted_project(root, **edits))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return evaluated(scripted_project(tmp_path_factory.mktemp("checkout")))


@pytest.fixture(scope="module")
def results(project):
    return results_of(project)


def test_table_2_has_both_methods_beside_the_printed_values(results):
    found = {
        (row.method, row.metric): row
        for row in rows(results, table="T2", recommender="mean", scope="user_macro")
        if row.printed is not None
    }
    assert set(found) == {
        (method, metric) for method in ("Agent4Rec", "DGDPO") for metric in ("precision", "recall", "accuracy", "f1")
    }
    dgdpo = found["DGDPO", "precision"]
    assert (dgdpo.printed, dgdpo.column, dgdpo.dataset, dgdpo.source, dgdpo.strategy) == (
        0.143,
        "ML-1M Prec",
        "ml-1m",
        "town",
        "none",
    )
    assert (dgdpo.engine, dgdpo.model, dgdpo.run, dgdpo.n) == ("heuristic", "heuristic-1", "dgdpo/ml-1m-dgdpo", 12)
    assert dgdpo.low <= dgdpo.value <= dgdpo.high


def test_the_headline_f1_is_the_harmonic_mean_of_the_headline_precision_and_recall(results):
    for method in ("Agent4Rec", "DGDPO"):
        line = {row.metric: row.value for row in rows(results, table="T2", method=method, recommender="mean", scope="user_macro")}
        assert line["f1"] == pytest.approx(
            2 * line["precision"] * line["recall"] / (line["precision"] + line["recall"]), abs=2e-6
        )
        assert line["f1_mean"] != line["f1"]


def test_every_recommender_and_every_aggregation_stands_beside(results):
    found = {(row.recommender, row.scope, row.metric) for row in rows(results, table="T2", method="DGDPO")}
    for recommender in (*RECOMMENDERS, "mean"):
        for scope in ("user_macro", "micro", "list_macro"):
            assert {(recommender, scope, metric) for metric in ("precision", "recall", "accuracy", "f1", "f1_mean")} <= found


def test_the_mean_over_recommenders_is_their_mean(results):
    each = [
        rows(results, table="T2", method="DGDPO", recommender=name, scope="user_macro", metric="recall")[0].value
        for name in RECOMMENDERS
    ]
    mean = rows(results, table="T2", method="DGDPO", recommender="mean", scope="user_macro", metric="recall")[0].value
    assert mean == pytest.approx(sum(each) / 4, abs=1e-6)


def test_pooled_accuracy_obeys_its_identity(results):
    """Accuracy = (recall + 19 - FP per round) / 20, with FP per round = yes per round - recall."""
    for method in ("Agent4Rec", "DGDPO"):
        line = {row.metric: row.value for row in rows(results, table="T2", method=method, recommender="mean", scope="micro")}
        assert line["accuracy"] == pytest.approx((2 * line["recall"] + 19 - line["yes_per_round"]) / 20, abs=1e-5)


def test_no_verdict_is_given_in_a_rehearsal(results):
    assert {row.verdict for row in results.rows} == {"rehearsal"}


def test_figure_1_has_every_predictor_on_every_split(results):
    accuracy = rows(results, table="F1", metric="diagnosis_accuracy", dataset="ml-1m")
    assert {(row.scope, row.run) for row in accuracy} == {(split, "dgdpo/ml-1m-diagnosis") for split in SPLITS}
    assert len(accuracy) == 4 * 9
    specialised = rows(results, table="F1", row="specialized diagnostic module", dataset="ml-1m")[0]
    assert specialised.scope == "random"
    assert 80 < specialised.value < 100
    assert specialised.n == 150


def test_the_printed_average_is_filled_as_far_as_data_sets_are_and_not_judged(results):
    (row,) = rows(results, table="F1", row="specialized diagnostic module", dataset="average")
    assert row.printed == 92.2
    assert row.value == rows(results, table="F1", row="specialized diagnostic module", dataset="ml-1m")[0].value


def test_table_1_comes_from_the_data_report(results):
    found = {row.row: (row.value, row.printed) for row in rows(results, table="T1")}
    assert found["#Users"] == (12.0, 6040.0)


def test_the_profile_of_dgdpo_recovers_more_of_the_planted_taste_at_the_end(results):
    recall = {row.scope: row.value for row in rows(results, table="taste", method="DGDPO", column="likes_recall")}
    assert recall["initial"] == 0.5
    assert recall["final"] > 0.9
    invented = rows(results, table="taste", method="DGDPO", scope="initial", metric="contradicted")[0]
    assert invented.value == pytest.approx(1 / 3), "the scripted first profile dislikes one liked genre in three phrases"


def test_curves_have_a_point_per_round(results):
    assert {(curve.figure, curve.row) for curve in results.curves} == {("F3", "DGDPO"), ("F4", "Agent4Rec"), ("F4", "DGDPO")}
    assert {len(curve.values) for curve in results.curves} == {10}
    assert all(
        low <= value <= high
        for curve in results.curves
        for low, value, high in zip(curve.low, curve.values, curve.high, strict=True)
    )


def test_relations_are_answered_with_the_paired_difference(results):
    (best,) = [relation for relation in results.relations if relation.where == "T2"]
    recall = next(each for each in best.comparisons if each.of == "ML-1M Recall")
    assert (recall.answer, recall.pairs) == ("holds", 12)
    assert recall.low > 0
    assert recall.t_p < 0.01
    assert "of 60 comparisons" in best.why


def test_a_relation_without_runs_cannot_be_said(results):
    (ablation,) = [relation for relation in results.relations if relation.where == "T3"]
    assert (ablation.answer, ablation.comparisons) == ("cannot say", ())


def test_replies_costs_and_counters_are_summed_over_runs_and_corpora(results):
    assert results.replies["dgdpo/opposite.v1"] == {"fallback": 1, "lenient": 1, "refusal": 0, "repair": 1, "strict": 897}
    assert results.replies["dgdpo/round.v1"]["strict"] == 2 * (480 - 3)
    assert results.cost["calls"] == sum(run["calls"] for run in results.cost["runs"].values())
    assert results.cost["dollars"] is None, "no price is known for the heuristic engine"
    assert results.counters["dgdpo/ml-1m-dgdpo"]["refine_rejected"] == 4
    assert results.counters["dgdpo/ml-1m-dgdpo"]["verdicts_missing"] == 3 * 4, (
        "round 4 of users 100, 105, 110 with four recommenders"
    )
    assert results.runs["dgdpo/ml-1m-agent4rec"].replies == 12 + 480
    assert results.runs["dgdpo/ml-1m-agent4rec"].made_up == 2


def test_remarks_name_the_stand_in_the_engine_and_the_unreadable(results):
    assert "`town` stands in for ML-1M" in results.remarks
    assert any("engine heuristic" in remark for remark in results.remarks)
    assert any("dgdpo/init.v1 8.3%" in remark for remark in results.remarks)
    assert not any("opposite" in remark for remark in results.remarks)


def test_made_from_names_everything_and_no_machine(results, project):
    made_from = results.made_from
    assert made_from["data"] == {"ml-1m": {"source": "town", "sha256": "d" * 64}}
    assert set(made_from["runs"]) == {"dgdpo/ml-1m-agent4rec", "dgdpo/ml-1m-dgdpo", "dgdpo/ml-1m-diagnosis"}
    assert len(made_from["runs"]["dgdpo/ml-1m-dgdpo"]["files"]["transcripts.jsonl"]) == 64
    assert str(project.root) not in (project.results / "dgdpo.json").read_text(encoding="utf-8")


def test_the_same_runs_give_the_same_bytes(project):
    before = {path: path.read_bytes() for path in sorted(project.results.rglob("*")) if path.is_file()}
    evaluate.run(project, "dgdpo")
    assert before == {path: path.read_bytes() for path in sorted(project.results.rglob("*")) if path.is_file()}


def test_the_file_is_plain_json_with_one_row_per_line(project):
    text = (project.results / "dgdpo.json").read_text(encoding="utf-8")
    document = json.loads(text)
    assert sum('"scope": ' in line and '"printed": ' in line and '"row": ' in line for line in text.splitlines()) == len(
        document["rows"]
    )


def test_a_table_as_csv_holds_all_printed_lines_and_ours_where_there_are_any(project):
    with (project.results / "dgdpo" / "T2.csv").open(encoding="utf-8") as file:
        lines = list(csv.DictReader(file))
    printed = [line for line in lines if line["printed"]]
    assert len(printed) == 72
    assert [line["value"] != "" for line in printed if line["dataset"] == "books"] == [False] * 24
    assert sum(line["value"] != "" for line in printed) == 8


def test_all_missing_runs_are_named_at_once(tmp_path):
    project = scripted_project(tmp_path, users=3, samples=15)
    (project.build / "runs" / "dgdpo" / "ml-1m-dgdpo" / "run.json").unlink()
    (project.build / "runs" / "dgdpo" / "ml-1m-diagnosis" / "run.json").unlink()
    with pytest.raises(MissingInput) as failure:
        evaluate.run(project, "dgdpo")
    message = str(failure.value)
    assert "2 of 3 runs are not there (`dgdpo/ml-1m-dgdpo`, `dgdpo/ml-1m-diagnosis`)" in message
    assert "\n" not in message


def test_a_result_file_of_another_version_is_told_apart(tmp_path):
    write_json(tmp_path / "dgdpo.json", {"paper": "dgdpo"})
    with pytest.raises(MissingInput, match="format of another version; `dvc repro` writes it anew"):
        Results.read(tmp_path / "dgdpo.json")


def test_a_run_without_the_strategy_of_the_table_is_refused(tmp_path):
    project = scripted_project(tmp_path, users=3, samples=15, strategies=("with_gt",))
    with pytest.raises(SpecError, match="table `T2` needs strategy `none`"):
        evaluate.run(project, "dgdpo")


def test_verdicts_that_break_the_identities_stop_the_evaluation(tmp_path):
    project = scripted_project(tmp_path, users=3, samples=15)
    path = project.build / "runs" / "dgdpo" / "ml-1m-dgdpo" / "transcripts.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    del lines[0]["rounds"][0]["reaction"]["verdicts"][0]
    write_jsonl(path, lines)
    with pytest.raises(ValueError, match="19 verdicts on 20 shown items"):
        evaluate.run(project, "dgdpo")


def test_a_user_with_two_transcripts_is_refused(tmp_path):
    project = scripted_project(tmp_path, users=2, samples=15)
    path = project.build / "runs" / "dgdpo" / "ml-1m-dgdpo" / "transcripts.jsonl"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join([*lines, lines[0]]), encoding="utf-8")
    with pytest.raises(ValueError, match="two transcripts"):
        evaluate.run(project, "dgdpo")


def test_paper_mode_gives_verdicts_prices_and_no_rehearsal(tmp_path):
    about = {"mode": "paper", "engine": "openai", "model": "gpt-4o-mini-2024-07-18", "source": "ml-1m"}
    project = scripted_project(tmp_path, users=4, samples=30, **about)
    evaluate.run(project, "dgdpo")
    results = results_of(project)
    printed = [row for row in results.rows if row.printed is not None]
    assert {row.verdict for row in printed if row.table == "T2"} <= {"agrees", "near", "differs"}
    assert {row.verdict for row in printed if row.dataset == "average"} == {None}, "one of three data sets is filled"
    assert {row.verdict for row in results.rows if row.printed is None} == {None}
    calls = results.cost["runs"]["dgdpo/ml-1m-diagnosis"]
    assert calls["dollars"] == pytest.approx(450 * (250 * 0.15 + 100 * 0.075 + 40 * 0.60) / 1e6)
    assert any("dgdpo/init.v1 25.0%" in remark for remark in results.remarks)
    assert not any("stands in" in remark or "rules" in remark for remark in results.remarks)


def test_a_stand_in_is_never_compared_even_in_paper_mode(tmp_path):
    project = scripted_project(tmp_path, users=3, samples=15, mode="paper", engine="openai", source="ml-100k")
    evaluate.run(project, "dgdpo")
    assert {row.verdict for row in results_of(project).rows} == {"rehearsal"}


def test_fewer_recommenders_than_the_spec_asks_for_are_remarked(tmp_path):
    project = scripted_project(tmp_path, users=3, samples=15)
    for method in ("agent4rec", "dgdpo"):
        folder = project.build / "runs" / "dgdpo" / f"ml-1m-{method}"
        kept = [
            line
            for line in (folder / "transcripts.jsonl").read_text(encoding="utf-8").splitlines(keepends=True)
            if "sasrec" in line
        ]
        (folder / "transcripts.jsonl").write_text("".join(kept), encoding="utf-8")
    evaluate.run(project, "dgdpo")
    results = results_of(project)
    assert "mean over 1 of 4 recommenders (sasrec): dgdpo/ml-1m-agent4rec, dgdpo/ml-1m-dgdpo" in results.remarks


def test_a_data_set_without_planted_tastes_has_no_taste_rows(tmp_path):
    project = scripted_project(tmp_path, users=3, samples=15)
    (project.build / "data" / "ml-1m" / "planted.jsonl").unlink()
    evaluate.run(project, "dgdpo")
    assert not rows(results_of(project), table="taste")


def test_runs_on_other_users_are_not_paired(tmp_path):
    project = scripted_project(tmp_path, users=4, samples=15)
    path = project.build / "runs" / "dgdpo" / "ml-1m-agent4rec" / "transcripts.jsonl"
    lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    write_jsonl(path, [line for line in lines if line["user"] != 100])
    evaluate.run(project, "dgdpo")
    (best,) = [relation for relation in results_of(project).relations if relation.where == "T2"]
    assert (best.answer, best.comparisons) == ("cannot say", ())


def test_the_hash_of_a_spec_follows_its_value(tmp_path):
    project = scripted_project(tmp_path, users=2, samples=15)
    evaluate.run(project, "dgdpo")
    before = read_json(project.results / "dgdpo.json")["made_from"]["runs"]
    path = project.build / "runs" / "dgdpo" / "ml-1m-dgdpo" / "run.json"
    about = read_json(path)
    write_json(path, {**about, "spec": {**about["spec"], "knobs": {"dgdpo": {"n1": 8}}}})
    evaluate.run(project, "dgdpo")
    after = read_json(project.results / "dgdpo.json")["made_from"]["runs"]
    changed = {key for key in before if before[key]["spec"] != after[key]["spec"]}
    assert changed == {"dgdpo/ml-1m-dgdpo"}
