"""What papers printed: checked by the papers' own arithmetic, and every contradiction in a file at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from reproduce.errors import SpecError
from reproduce.paper import Paper
from reproduce.paper_consistency import problems
from reproduce.project import Project
from reproduce.yaml_files import read

ROOT = Path(__file__).parents[1]
FILE = ROOT / "specs" / "dgdpo" / "paper.yaml"
DGDPO = Project.here(ROOT).paper("dgdpo")
PRINTED = {(cell.table, cell.dataset, cell.row, cell.metric): cell for cell in DGDPO.cells()}
STATISTICS = {(cell.dataset, cell.metric): cell for cell in DGDPO.cells("T1")}
LINES = sorted({key[:3] for key in PRINTED if key[3] == "f1"})


def printed(table: str, dataset: str, row: str, metric: str) -> float:
    value = PRINTED[table, dataset, row, metric].printed
    assert value is not None
    return value


def test_every_number_of_dgdpo_is_there():
    assert len([cell for cell in DGDPO.cells() if cell.printed is not None]) == 15 + 72 + 12 + 3 + 20 + 16 + 8 + 2
    assert DGDPO.tuning
    assert sum(len(row.best) for row in DGDPO.tuning.rows) == 57


@pytest.mark.parametrize("line", LINES, ids="-".join)
def test_f1_is_the_harmonic_mean_of_the_printed_averages(line):
    precision, recall = printed(*line, "precision"), printed(*line, "recall")
    harmonic = round(2 * precision * recall / (precision + recall), 4)
    cell = PRINTED[(*line, "f1")]
    assert harmonic == pytest.approx(cell.corrected or cell.printed, abs=1.001e-4)
    assert (abs(harmonic - cell.printed) > 2e-4) == (cell.erratum == "E2")


@pytest.mark.parametrize("dataset", ["ml-1m", "books", "movies-tv"])
def test_improvements_follow_from_the_lines_above(dataset):
    for metric in ("precision", "recall", "accuracy", "f1"):
        values = {
            row: printed("T2", dataset, row, metric) for row in ("KuaiSim", "Agent4Rec", "LLM-US", "RAH", "AgentCF", "DGDPO")
        }
        runner_up = max(value for row, value in values.items() if row != "DGDPO")
        gain = PRINTED["T2-improve", dataset, "Improve", f"{metric}_gain"]
        assert round(100 * (values["DGDPO"] / runner_up - 1), 2) == pytest.approx(gain.corrected or gain.printed, abs=0.011)


@pytest.mark.parametrize("dataset", ["ml-1m", "books", "movies-tv"])
def test_quoted_averages_are_those_of_the_improvements_but_for_the_errata(dataset):
    gains = [printed("T2-improve", dataset, "Improve", f"{metric}_gain") for metric in ("precision", "recall", "accuracy", "f1")]
    quoted = PRINTED["T2-text", dataset, "DGDPO", "mean_gain"]
    assert sum(gains) / 4 == pytest.approx(quoted.corrected or quoted.printed, abs=0.006)


@pytest.mark.parametrize("dataset", ["ml-1m", "books", "movies-tv"])
def test_table_1_recomputes_but_for_its_average_length(dataset):
    users, items, interactions, length, sparsity = (
        STATISTICS[dataset, metric] for metric in ("users", "items", "interactions", "avg_sequence_length", "sparsity")
    )
    assert round(100 * (1 - interactions.printed / users.printed / items.printed), 2) == sparsity.printed
    assert length.erratum == "E1"
    assert round(interactions.printed / users.printed, 2) == length.corrected


def test_one_setting_has_one_value_in_all_tables():
    for metric in ("precision", "recall", "accuracy", "f1"):
        same = {
            printed("T2", "books", "DGDPO", metric),
            printed("T3", "books", "DGDPO", metric),
            printed("T4", "books", "0.6", metric),
            printed("T5", "books", "Qwen3-0.6B (Ours)", metric),
        }
        assert len(same) == 1


def test_the_papers_own_numbers_obey_the_relations_that_it_states():
    for relation in DGDPO.relations:
        if relation.kind not in ("better", "order"):
            continue
        table = DGDPO.table(relation.table)
        pairs = (
            [(relation.better, worse) for worse in relation.than]
            if relation.kind == "better"
            else list(zip(relation.order, relation.order[1:], strict=False))
        )
        for block in table.blocks:
            for metric in relation.metrics or table.metrics:
                for better, worse in pairs:
                    high, low = (PRINTED[table.id, block.dataset, row, metric].printed for row in (better, worse))
                    assert high is None or low is None or high > low, (relation.says, block.dataset, metric, worse)


def test_cells_are_named_as_in_the_paper():
    cell = PRINTED["T2", "ml-1m", "DGDPO", "precision"]
    assert (cell.row, cell.column, cell.method, cell.strategy, cell.run) == (
        "DGDPO",
        "ML-1M Prec",
        "DGDPO",
        "none",
        "dgdpo/ml-1m-dgdpo",
    )
    cell = next(cell for cell in DGDPO.cells("T1") if cell.metric == "users")
    assert (cell.row, cell.column, cell.near) == ("#Users", "ML-1M", 0.01)
    cell = PRINTED["T4", "books", "0.7", "recall"]
    assert (cell.row, cell.column, cell.method, cell.run) == ("0.7", "Recall", "DGDPO", "dgdpo/books-dgdpo-alpha-70")


def test_a_run_fills_cells_of_several_tables_and_is_listed_once():
    runs = DGDPO.runs()
    filled = [cell.table for cell in DGDPO.cells() if cell.run == "dgdpo/books-dgdpo" and cell.metric == "f1"]
    assert filled == ["T2", "T3", "T4", "T5"]
    assert runs.count("dgdpo/books-dgdpo") == 1
    assert len(runs) == len(set(runs))


def test_the_headline_is_a_paper_of_its_own():
    part = DGDPO.part()
    assert {(cell.table, cell.dataset) for cell in part.cells()} == {("T2", "ml-1m"), ("F1", "ml-1m")}
    assert all(run.startswith("dgdpo/ml-1m-") for run in part.runs())
    assert {relation.table for relation in part.relations} == {"T2", "F1"}
    assert not list(problems(part))


def test_every_run_is_named_by_the_first_line_that_it_fills():
    names = DGDPO.names()
    assert names["dgdpo/books-dgdpo"] == "DGDPO"
    assert names["dgdpo/books-dgdpo-without-iteration"] == "DGDPO, w/o iteration"
    assert names["dgdpo/books-dgdpo-alpha-50"] == "DGDPO, alpha 0.5"
    assert names["dgdpo/ml-1m-dgdpo-opt-negatives"] == "DGDPO, with negatives"
    assert "dgdpo/ml-1m-diagnosis" not in names


def test_tuned_values_are_those_of_the_data_set():
    assert DGDPO.tuning
    assert DGDPO.tuning.best("NARM", "books") == {
        "embedding_size": 128,
        "learning_rate": 0.001,
        "batch_size": 128,
        "hidden_size": 100,
        "layers": 3,
    }
    assert DGDPO.tuning.best("NARM", "elsewhere") == {}


CONTRADICTIONS = {
    "relation of no table": ("table: T5", "table: T9", "no table `T9` (known: T1, T2, T2-improve, T2-text, T3, T4, T5, F1)"),
    "relation of no figure": ("figure: F4", "figure: f4", "no figure `f4`, did you mean `F4`? (known: F3, F4)"),
    "relation of no line": (
        "than: [general-purpose LLM]",
        "than: [general LLM]",
        "no line of table `F1` `general LLM`, did you mean `general-purpose LLM`?"
        " (known: general-purpose LLM, specialized diagnostic module)",
    ),
    "too many values": ("0.6651, 0.1825]", "0.6651, 0.1825, 1]", "`KuaiSim` has 5 values for 4 metrics"),
    "outside of the grid": (
        "best: [32, 64, 32]",
        "best: [33, 64, 32]",
        "`KuaiSim embedding_size`: 33 is not in its search space",
    ),
    "unknown data set": (
        "mean_of: [ml-1m, books",
        "mean_of: [ml1m, books",
        "no data set `ml1m`, did you mean `ml-1m`? (known: ml-1m, books, movies-tv, average)",
    ),
    "block twice": (
        "- {dataset: books, rows: [{row: Improve",
        "- {dataset: ml-1m, rows: [{row: Improve",
        "block of data set `ml-1m` is given twice",
    ),
    "erratum of no cell": (
        "table: T3, dataset: books, row: w/o spec",
        "table: T4, dataset: books, row: w/o spec",
        "no cell of table `T4`, data set `books`, line `w/o specialized LLM`, metric `f1`",
    ),
    "audit of no line": (
        "    AgentCF: dgdpo/ml-1m-audit",
        "    Agent: dgdpo/ml-1m-audit",
        "no compared method `Agent`, did you mean `AgentCF`? (known: KuaiSim, Agent4Rec, LLM-US, RAH, AgentCF, DGDPO)",
    ),
    "pair of no line": (
        "without: dgdpo/ml-1m-dgdpo,",
        "without: dgdpo/ml-1m-other,",
        "run `dgdpo/ml-1m-other` fills no line, did you mean `dgdpo/ml-1m-rah`? (known: dgdpo/ml-1m-agent4rec,"
        " dgdpo/ml-1m-agentcf, dgdpo/ml-1m-dgdpo, dgdpo/ml-1m-kuaisim, dgdpo/ml-1m-llm-us, dgdpo/ml-1m-rah and 21 more)",
    ),
    "case study twice": ("{id: F11b, where", "{id: F11a, where", "case study `F11a` is given twice"),
}


@pytest.mark.parametrize(("good", "bad", "fact"), CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_contradiction_inside_a_file_is_placed(tmp_path, monkeypatch, good, bad, fact):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / "paper.yaml"
    text = FILE.read_text()
    assert good in text
    text = text.replace(good, bad, 1)
    path.write_text(text)
    with pytest.raises(SpecError) as error:
        read(path, Paper)
    line = str(error.value).splitlines()[0]
    place, said = line.split(": ", 1)
    assert said == fact
    number = int(place.removeprefix("paper.yaml:"))
    assert abs(number - (text[: text.index(bad)].count("\n") + 1)) <= 2


def test_the_headline_of_lus_is_one_learner_and_what_its_simulators_predict():
    part = Project.here(ROOT).paper("ensemble").part()
    assert part.runs() == ("ensemble/yelp-dqn", "ensemble/yelp-prediction")
    assert {(cell.table, cell.row, cell.metric) for cell in part.cells()} == {
        *(("T2", "DQN", metric) for metric in ("avg_reward", "total_reward", "liking_ratio")),
        *(("T6", row, "auc") for row in ("SUBER", "KuaiSim", "Ours")),
    }
    assert [(each.table, each.metrics) for each in part.relations] == [("T6", ("auc",))], "no other compares what is there"


def test_seconds_are_filled_by_no_run():
    cells = {(cell.row, cell.metric): cell.run for cell in Project.here(ROOT).paper("ensemble").cells("T6")}
    assert {run for (_, metric), run in cells.items() if metric == "infer_time"} == {None}
    assert cells["SUBER", "avg_reward"] == "ensemble/yelp-suber-dqn"
    assert {run for (_, metric), run in cells.items() if metric == "auc"} == {"ensemble/yelp-prediction"}
