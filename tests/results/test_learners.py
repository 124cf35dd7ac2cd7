"""All of LUS's results from scripted runs: learners, predicting simulators, and what the paper does not have."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from found import evaluated, one, results_of, rows
from scipy import stats
from scripted_learning import A2C_FIRST, DATASETS, PAPER, SEEDS, learning_project
from sklearn.metrics import cohen_kappa_score, roc_auc_score

from reproduce.files import read_jsonl
from reproduce.results.document import Results
from reproduce.results.measures import MEASURES
from reproduce.stages import evaluate, headline

LEARNERS = ("PPO", "TRPO", "A2C", "DQN")
OURS = ("prediction", "calibration", "votes", "faults", "episodes", "logged")
USERS = 60


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return evaluated(learning_project(tmp_path_factory.mktemp("checkout"), USERS), PAPER)


@pytest.fixture(scope="module")
def results(project):
    return results_of(project, PAPER)


def lines(project, key, name):
    return read_jsonl(project.build / "runs" / PAPER / key / f"{name}.jsonl")


# ---------------------------------------------------------------- the paper's


def test_every_printed_cell_but_times_is_filled(project, results):
    at = {(row.table, row.dataset, row.row, row.column) for row in results.rows}
    cells = list(project.paper(PAPER).cells())
    empty = {(cell.table, cell.metric) for cell in cells if (cell.table, cell.dataset, cell.row, cell.column) not in at}
    assert empty == {("T6", "infer_time")}
    assert sum(row.printed is not None for row in results.rows) == 20 + 60 + 9


def test_rewards_are_means_over_seeds_of_what_the_episodes_say(project, results):
    told = lines(project, "yelp-dqn", "episodes")
    per_seed = [[sum(step["liked"] for step in line["steps"]) for line in told if line["seed"] == seed] for seed in range(SEEDS)]
    means = [float(np.mean(returns)) for returns in per_seed]
    found = one(results, table="T2", dataset="yelp", row="DQN", metric="avg_reward")
    half = stats.t.ppf(0.975, SEEDS - 1) * np.std(means, ddof=1) / SEEDS**0.5
    assert found.value == pytest.approx(np.mean(means), abs=1e-6)
    assert found.sd == pytest.approx(np.std(means, ddof=1), abs=1e-6)
    assert (found.high - found.low) / 2 == pytest.approx(half, abs=1e-5)
    assert (found.n, found.over, found.printed) == (SEEDS, "seeds", 27.56)
    total = one(results, table="T2", dataset="yelp", row="DQN", metric="total_reward")
    assert total.value == pytest.approx(np.mean([sum(returns[:10]) for returns in per_seed]), abs=1e-6)


def test_liking_counts_the_first_ten_of_every_episode_alike(project, results):
    shares = [
        [
            np.mean([step["liked"] for step in line["steps"][:10]])
            for line in lines(project, "anime-a2c", "episodes")
            if line["seed"] == k
        ]
        for k in range(SEEDS)
    ]
    found = one(results, table="T2", dataset="anime", row="A2C", metric="liking_ratio")
    assert found.value == pytest.approx(100 * np.mean([np.mean(each) for each in shares]), abs=1e-6)


def test_ours_in_table_6_is_the_cell_of_table_2(results):
    for metric in ("avg_reward", "total_reward"):
        values = {(each.value, each.low, each.sd) for each in rows(results, row="DQN", table="T2", dataset="yelp", metric=metric)}
        assert values == {(each.value, each.low, each.sd) for each in rows(results, row="Ours", table="T6", metric=metric)}


def test_auc_is_of_the_simulator_of_the_line_and_equals_a_library(project, results):
    told = lines(project, "yelp-prediction", "predictions")
    for row, kind in (("SUBER", "suber"), ("KuaiSim", "kuaisim"), ("Ours", "ensemble")):
        mine = [line for line in told if line["simulator"] == kind and not line["faults"]]
        found = one(results, table="T6", row=row, metric="auc")
        assert found.value == pytest.approx(
            roc_auc_score([line["label"] for line in mine], [line["p"] for line in mine]), abs=1e-6
        )
        assert (found.n, found.over) == (USERS, None)
        assert found.low < found.value < found.high


def test_relations_compare_between_seeds_and_over_users(results):
    earns, predicts, consistently, printed_dqn, printed_a2c = results.relations
    assert len(printed_dqn.comparisons) == 3 * 3
    assert len(printed_a2c.comparisons) == 3 * 2, "on the data sets that it names"
    assert {each.of for each in printed_a2c.comparisons} == {"Amazon Games A. Rwd", "Anime A. Rwd"}
    assert {each.answer for each in printed_a2c.comparisons if each.than == "DQN"} == {"holds"}
    assert all(comparison.pairs == 2 * SEEDS for comparison in earns.comparisons)
    assert [comparison.pairs for comparison in predicts.comparisons] == [USERS, USERS]
    assert predicts.comparisons[0].answer == "holds", "the script lets the ensemble predict best"
    assert consistently.answer == "does not hold", "A2C was scripted to lead on two data sets, as the paper prints"
    against = {each.of: each.answer for each in consistently.comparisons if each.than == "A2C"}
    assert against["Anime A. Rwd"] == "does not hold"
    assert against["Yelp A. Rwd"] == "holds"
    best = {
        dataset: max(LEARNERS, key=lambda row: one(results, table="T2", dataset=dataset, row=row, metric="avg_reward").value)
        for dataset in DATASETS
    }
    assert best == {dataset: "A2C" if dataset in A2C_FIRST else "DQN" for dataset in DATASETS}


def test_learning_curves_are_in_steps_and_bands_of_seeds(project, results):
    (curve,) = [each for each in results.curves if (each.run, each.metric) == (f"{PAPER}/yelp-ppo", "liking_ratio")]
    told = lines(project, "yelp-ppo", "curve")
    assert (curve.figure, curve.over, curve.row, curve.method) == ("curves", "steps", "PPO", "Ensemble")
    assert curve.places == (10000, 20000, 30000, 40000)
    last = [line["liking"] for line in told if line["steps"] == 40000]
    assert (curve.low[-1], curve.high[-1]) == (min(last), max(last))
    assert curve.values[-1] == pytest.approx(np.mean(last), abs=1e-6)


# ---------------------------------------------------------------- ours


def test_every_metric_of_our_tables_is_found(results):
    for table in OURS:
        assert {row.metric for row in rows(results, table=table)} == set(MEASURES[table]), table


def test_what_a_fault_changes_is_paired_with_the_simulator_as_printed(results):
    for dataset in DATASETS:
        base = one(results, table="prediction", dataset=dataset, row="Ensemble", metric="auc").value
        for fault in ("sigmoid twice", "all six (released code)"):
            with_it = one(results, table="prediction", dataset=dataset, row=f"Ensemble, {fault}", metric="auc").value
            change = one(results, table="faults", dataset=dataset, row=fault, metric="auc")
            assert change.value == pytest.approx(with_it - base, abs=2e-6)
            assert (change.column, change.against) == ("difference", "as printed")
    whole = one(results, table="faults", dataset="yelp", row="all six (released code)", metric="auc")
    assert whole.high < 0, "the script blurs the ensemble with every fault"


def test_a_learner_in_the_released_code_is_compared_between_seeds(results):
    change = one(results, table="faults", metric="avg_reward")
    values = {
        scope: one(results, table="episodes", dataset="yelp", row="DQN", scope=scope, metric="avg_reward").value
        for scope in ("Ensemble", "Ensemble, all six (released code)")
    }
    assert change.value == pytest.approx(values["Ensemble, all six (released code)"] - values["Ensemble"], abs=2e-6)
    assert (change.over, change.n, change.dataset) == ("seeds", 2 * SEEDS, "yelp")


def test_every_vote_is_calibrated_alone(project, results):
    told = [
        line
        for line in lines(project, "anime-prediction", "predictions")
        if line["simulator"] == "ensemble" and not line["faults"]
    ]
    yes = [line["label"] for line in told if line["votes"][0] == 1 and line["coins"][0] == 0]
    coin = [line["label"] for line in told if line["coins"][0] == 1]
    about = {"table": "calibration", "dataset": "anime", "row": "Ensemble", "scope": "f_mat"}
    alone = [0.5 if line["coins"][0] else line["votes"][0] for line in told]
    assert one(results, **about, metric="auc").value == pytest.approx(
        roc_auc_score([line["label"] for line in told], alone), abs=1e-6
    )
    assert one(results, **about, metric="liked_if_yes").value == pytest.approx(np.mean(yes), abs=1e-6)
    assert one(results, **about, metric="liked_if_coin").value == pytest.approx(np.mean(coin), abs=1e-6)
    assert {row.scope for row in rows(results, table="calibration", dataset="anime", row="Ensemble")} == {
        *("score", "f_mat", "f_sim", "f_sta", "p of f_sta"),
    }
    assert {row.scope for row in rows(results, table="calibration", row="SUBER")} == {"score"}


def test_voters_agree_as_a_library_says(project, results):
    told = [
        line
        for line in lines(project, "yelp-prediction", "predictions")
        if line["simulator"] == "ensemble" and not line["faults"]
    ]
    decided = [line["votes"] for line in told if line["coins"][0] == 0]
    about = {"table": "votes", "dataset": "yelp", "row": "Ensemble", "scope": "f_mat and f_sta"}
    first, second = [votes[0] for votes in decided], [votes[2] for votes in decided]
    assert one(results, **about, metric="kappa_decided").value == pytest.approx(cohen_kappa_score(first, second), abs=1e-6)
    assert one(results, **about, metric="agreement_decided").value == pytest.approx(np.mean(np.equal(first, second)), abs=1e-6)


def test_with_two_sigmoids_the_statistical_vote_agrees_with_nobody_beyond_chance(results):
    about = {"table": "votes", "dataset": "yelp", "row": "Ensemble, all six (released code)"}
    assert one(results, **about, scope="f_mat and f_sta", metric="kappa").value == 0


def test_better_learners_are_better_on_the_real_log(project, results):
    gains = {
        row: one(results, table="logged", dataset="yelp", row=row, scope="Ensemble", metric="snips_gain")
        for row in (*LEARNERS, "Random")
    }
    assert gains["Random"].value == 0
    assert gains["DQN"].value > gains["PPO"].value > 0
    assert gains["DQN"].low > 0
    assert gains["DQN"].over == "users and seeds"
    worth = one(results, table="logged", dataset="yelp", row="DQN", scope="Ensemble", metric="effective")
    assert USERS / 2 < worth.value == worth.low == worth.high < USERS
    told = lines(project, "yelp-dqn", "logged")
    first = [line for line in told if line["seed"] == 0]
    assert one(results, table="logged", dataset="yelp", row="DQN", scope="Ensemble", metric="log_liked").value == pytest.approx(
        np.mean([line["label"] for line in first]), abs=1e-6
    )
    weights = [[line["probability"] / line["propensity"] for line in told if line["seed"] == k] for k in range(SEEDS)]
    labels = [line["label"] for line in first]
    snips = np.mean([np.average(labels, weights=each) for each in weights])
    assert one(results, table="logged", dataset="yelp", row="DQN", scope="Ensemble", metric="snips").value == pytest.approx(
        snips, abs=1e-6
    )


def test_recommendations_that_meet_a_held_out_interaction_are_judged_by_its_label(project, results):
    rated = (project.build / "data" / "yelp" / "interactions.csv").read_text(encoding="utf-8").splitlines()[1:]
    held = {
        (int(user), int(item)): float(rating) >= 3
        for user, item, rating, _, part in (line.split(",") for line in rated)
        if part in ("valid", "test")
    }
    met = [
        [held[line["user"], step["item"]] for step in line["steps"] if (line["user"], step["item"]) in held]
        for line in lines(project, "yelp-dqn", "episodes")
    ]
    about = {"table": "episodes", "dataset": "yelp", "row": "DQN", "scope": "Ensemble"}
    assert one(results, **about, metric="logged_hits").value == pytest.approx(sum(map(len, met)) / SEEDS, abs=1e-6)


# ---------------------------------------------------------------- files


def test_the_headline_needs_dqn_and_the_predictions_only(project, results):
    headline.run(project, PAPER)
    found = Results.read(project.results / "headline" / f"{PAPER}.json")
    assert set(found.runs) == {f"{PAPER}/yelp-dqn", f"{PAPER}/yelp-prediction"}
    for row in ("SUBER", "KuaiSim", "Ours"):
        about = {"table": "T6", "row": row, "metric": "auc"}
        assert one(found, **about).value == one(results, **about).value
    tree = json.loads((project.results / "headline" / f"{PAPER}.metrics.json").read_text(encoding="utf-8"))
    assert set(tree["T6"]["yelp"]) == {"SUBER", "KuaiSim", "Ours"}
    assert set(tree["T2"]["yelp"]["DQN"]) == {"avg_reward", "total_reward", "liking_ratio"}
    assert (project.results / "headline" / f"{PAPER}.report" / PAPER / "table-6.html").is_file()


def test_there_is_a_csv_per_table_and_figure_and_it_says_what_is_over_seeds(project):
    names = {path.stem for path in (project.results / PAPER).glob("*.csv")}
    assert names == {"T1", "T2", "T6", *OURS, "curves-curves", "learning-curves", "calibration-curves", "replies"}
    with (project.results / PAPER / "T6.csv").open(encoding="utf-8") as file:
        told = list(csv.DictReader(file))
    assert {(line["metric"], line["over"], line["sd"] != "") for line in told} == {
        ("avg_reward", "seeds", True),
        ("total_reward", "seeds", True),
        ("auc", "", False),
        ("infer_time", "", False),
    }
    with (project.results / PAPER / "curves-curves.csv").open(encoding="utf-8") as file:
        assert {line["at"] for line in csv.DictReader(file)} == {"10000", "20000", "30000", "40000"}


def test_the_same_runs_give_the_same_bytes(project):
    before = {path: path.read_bytes() for path in sorted((project.results / PAPER).rglob("*.csv"))}
    whole = (project.results / f"{PAPER}.json").read_bytes()
    evaluate.run(project, PAPER)
    assert {path: path.read_bytes() for path in sorted((project.results / PAPER).rglob("*.csv"))} == before
    assert (project.results / f"{PAPER}.json").read_bytes() == whole


def test_a_row_without_seeds_does_not_mention_them(project):
    text = (project.results / f"{PAPER}.json").read_text(encoding="utf-8")
    auc = next(line for line in text.splitlines() if '"table": "T6"' in line and '"metric": "auc"' in line)
    assert '"sd"' not in auc
    assert '"over"' not in auc


def test_a_run_says_its_learner_simulator_and_seeds(project, results):
    about = results.runs[f"{PAPER}/yelp-suber-dqn"]
    assert (about.learner, about.simulator, about.seeds) == ("DQN", "SUBER", SEEDS)
