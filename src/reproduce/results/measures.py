"""The quantities that no table of the paper has: what each metric of our own tables means, in words for a reader.

In every row `row` is the paper's name of the run (`RAH`, `DGDPO, w/o iteration`), `scope` says of what, as told per table.
"""

from __future__ import annotations

MEASURES: dict[str, dict[str, str]] = {
    # scope: optimisation
    "profiles": {
        "batches": "treatments per user",
        "cases_unused": "cases left untreated per user",
        "unchanged": "share of profiles that never changed",
    },
    # scope: initial | final; column `difference`: the final profile minus what `against` says
    "taste": {
        "taste_recall": "planted taste found",
        "taste_precision": "stated taste that was planted",
        "taste_f1": "taste, both",
        "likes_recall": "planted likes found",
        "likes_precision": "stated likes that were planted",
        "likes_f1": "likes, both",
        "dislikes_recall": "planted dislikes found",
        "dislikes_precision": "stated dislikes that were planted",
        "dislikes_f1": "dislikes, both",
        "contradicted": "stated with the wrong sign",
        "invented": "stated, and planted with neither sign",
    },
    "audit": {
        # scope: all | true item | negatives
        "yes_per_page": "items of a page judged yes",
        "yes_rate": "share judged yes",
        "selected": "share of pages with a selection",
        # scope: as ranked (all negatives) | same item (over the three orders of an audit run)
        "position_effect": "change of the yes rate from the first place to the last",
        "selection_effect": "change of the selection rate from the first place to the last",
        # scope: as ranked | reversed | shuffled
        "yes_rate_in_order": "share judged yes, by order of the page",
        "first_half_selected": "selections from the first half of the page, as a share",
        # scope: reversed | shuffled
        "flip_rate": "verdicts that change with the order",
        "selection_change": "pages whose selected item changes with the order",
        # scope: negatives | selected
        "popularity_correlation": "Spearman correlation of popularity and yes, mean of users",
        "popularity_lift": "popularity of what is chosen over that of what is shown, as a ratio of means",
        # scope: final | initial
        "names_history": "profiles that name a title of the user's history",
        "names_test": "profiles that name a title of the user's test period",
    },
    # scope: D_opt | true item | negatives | pages; column `difference`: minus the line `against`
    "acceptance": {
        "yes_rate_before": "accepted with the first profile",
        "yes_rate_after": "accepted with the last profile",
        "yes_rate_change": "after minus before",
        "yes_rate": "accepted on the pages of the rounds",
        "precision": "Precision",
        "recall": "Recall",
        "accuracy": "Accuracy",
        "f1": "F1",
    },
    # column: variance (moment estimate, may be negative) | share (negative ones count as 0) | headline (of the cell in scope)
    # | range (largest minus smallest headline); scope of variance and share: user | seed | prompt | user:seed | ... | residual
    "sensitivity": {"precision": "Precision", "recall": "Recall", "f1": "F1"},
    # row and scope: `user_macro and micro`, ...: Kendall's tau of the methods' order under both
    "aggregations": {"precision": "Precision", "recall": "Recall", "accuracy": "Accuracy", "f1": "F1"},
    # row: the learner, scope: the simulator; over seeds
    "episodes": {
        "avg_reward": "mean return of an episode",
        "total_reward": "sum of the returns of the first episodes of the panel",
        "liking_ratio": "liked among the first recommendations, %",
        "mean_step_reward": "liked share of all recommendations",
        "mean_length": "recommendations per episode",
        "liking_ratio_logged": "really liked among the recommendations with a real label, %",
        "logged_hits": "recommendations with a real label",
    },
    # row: the simulator; scope: held-out interaction
    "prediction": {
        "auc": "AUC",
        "brier": "Brier score",
        "calibration_error": "expected calibration error",
        "said_liked": "share that the simulator says is liked",
        "liked": "share that is really liked",
        "coin_mat": "votes of f_mat that are coins",
        "coin_sim": "votes of f_sim that are coins",
    },
    # row: the simulator; scope: score, a voter, or the probability behind f_sta
    "calibration": {
        "auc": "AUC of this alone",
        "brier": "Brier score",
        "calibration_error": "expected calibration error",
        "liked_if_yes": "really liked where the vote is yes",
        "liked_if_coin": "really liked where the vote is a coin",
        "liked_if_no": "really liked where the vote is no",
    },
    # row: the simulator; scope: a pair of voters
    "votes": {
        "agreement": "share of equal votes, coins included",
        "kappa": "Cohen's kappa, coins included",
        "agreement_decided": "share of equal votes where neither is a coin",
        "kappa_decided": "Cohen's kappa where neither is a coin",
    },
    # row: the fault; column `difference`: with the fault minus as printed
    "faults": {
        "auc": "AUC",
        "brier": "Brier score",
        "calibration_error": "expected calibration error",
        "said_liked": "share that the simulator says is liked",
        "coin_mat": "votes of f_mat that are coins",
        "coin_sim": "votes of f_sim that are coins",
        "avg_reward": "mean return of an episode",
        "liking_ratio": "liked among the first recommendations, %",
    },
    # row: the learner, scope: the simulator; over users and seeds
    "logged": {
        "log_liked": "liked share of the log itself",
        "snips": "liked share under the policy (self-normalised inverse propensity)",
        "snips_gain": "policy minus log",
        "snips_clipped": "the same, no weight above 10",
        "effective": "users that the estimate is worth, of the seed that is worth least",
        "replay_ten": "liked share where the policy ranks the logged item in its first ten",
        "replay_ten_rows": "logged items there, per seed",
        "replay_tenth": "liked share where the policy ranks it in its first tenth",
        "replay_tenth_rows": "logged items there, per seed",
    },
}
"""By table, then by metric."""
