"""What `simulate` writes of the construction of profiles: one line per user, one line per treatment."""

from __future__ import annotations

from reproduce.interaction.transcript import Profile
from reproduce.methods.dgdpo.method import Constructed
from reproduce.methods.dgdpo.treatment import Treatment

Row = dict[str, object]


def profile_row(user: int, constructed: Constructed) -> Row:
    """A line of `profiles.jsonl`."""
    return {
        "user": user,
        "initial": constructed.initial,
        "final": constructed.optimised.profile.text,
        "yes_rate_before": _rounded(constructed.yes_rate_before),
        "yes_rate_after": _rounded(constructed.yes_rate_after),
        "batches": len(constructed.optimised.treatments),
        "cases_unused": constructed.optimised.unused,
    }


def static_profile_row(user: int, profile: Profile) -> Row:
    """A line of `profiles.jsonl` for a profile that is built in a single step."""
    rates = {"yes_rate_before": None, "yes_rate_after": None}
    return {"user": user, "initial": profile.text, "final": profile.text, **rates, "batches": 0, "cases_unused": 0}


def treatment_rows(user: int, constructed: Constructed) -> list[Row]:
    """The lines of `treatments.jsonl`, one per batch, numbered from 1."""
    treatments = enumerate(constructed.optimised.treatments, 1)
    return [_treatment_row(user, batch, treatment, constructed.accepts) for batch, treatment in treatments]


def _treatment_row(user: int, batch: int, treatment: Treatment, accepts: frozenset[int] | None) -> Row:
    return {
        "user": user,
        "batch": batch,
        "cases": [
            {
                "item": case.item.item,
                "title": case.item.title,
                "genres": list(case.item.genres),
                "rating": case.rating,
                "reason": case.reason,
                "label": diagnosed.label,
                "evidence": diagnosed.evidence,
                "status": diagnosed.status,
                "accepted_later": None if accepts is None or case.rating is None else case.item.item in accepts,
            }
            for case, diagnosed in zip(treatment.cases, treatment.diagnoses, strict=True)
        ],
        "reasons": list(treatment.reasons),
        "suggestions": list(treatment.suggestions),
        "before": treatment.before.text,
        "after": treatment.after.text,
        "accepted": treatment.accepted,
        "rejected_because": treatment.rejected_because,
    }


def _rounded(rate: float | None) -> float | None:
    return None if rate is None else round(rate, 6)
