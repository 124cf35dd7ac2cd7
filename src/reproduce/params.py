"""The knobs: a closed model of `params.yaml`. One block per method, one per mode. Imports pydantic only.

Decisions that a paper leaves open are fields here whose docstring starts with the decision's id (algorithms notes: DG-D1, ...).
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from reproduce.spec import Closed, Frozen, FrozenDict, Pins, RecommenderName, Recommenders

# strict: neither `true` nor "60" is a number
Whole = Annotated[int, Field(strict=True)]
Count = Annotated[int, Field(strict=True, gt=0)]
Number = Annotated[float, Field(strict=True, ge=0)]
Positive = Annotated[float, Field(strict=True, gt=0)]
Share = Annotated[float, Field(strict=True, ge=0, le=1)]
Flag = Annotated[bool, Field(strict=True)]


class Data(Closed):
    """How every data set is split (dgdpo.md 1.2)."""

    alpha: Share = Field(default=0.6, gt=0, lt=1)
    """Share of the training history that builds the first profile (DGDPO, Table 4)."""
    core: Literal["fixed_point", "single_pass"] = "fixed_point"
    """DG-D1: filter users and items until nothing changes, or once."""
    truncate: Literal["before_split", "recommender_only"] = "before_split"
    """DG-D2: keep the last L interactions of each user before splitting, or truncate only what a recommender is fed."""
    statistics: Literal["train", "all"] = "train"
    """DG-D3: item mean ratings from training rows only, or from all rows (Agent4Rec's code)."""


class Interaction(Closed):
    """The multi-round loop (dgdpo.md 1.11)."""

    rounds: Count = 10
    """Rounds per user; at most as many as a user has test items."""
    candidates: Whole = Field(default=20, ge=2)
    """One true item and the rest negatives."""
    honour_exit: Flag = False
    """DG-D11: stop when the simulator exits; tables need all rounds."""


class DgdpoKnobs(Closed):
    """DGDPO (dgdpo.md)."""

    n1: Count = 4
    """Discrepancy cases per treatment: N1."""
    flush_last: Flag = False
    """DG-D10: treat the remaining cases at the end, too."""
    min_real_rating: Whole = Field(default=1, ge=1, le=5)
    """DG-D19: items of D_opt rated lower do not count as cases; 3 mirrors the corpus rule."""
    max_update_change: Share = Field(default=0.4, gt=0)
    """DG-D20: share of tokens that `update` may change; beyond it the old profile stays."""
    max_descriptions: Count = 25
    """Hard cap on the descriptions of a profile (dgdpo.md 8)."""
    max_characters: Count = 1200
    """Longest profile that `valid()` accepts."""
    yes_rates: Flag = True
    """Ask about all of D_opt with the first and the last profile: treatment only raises acceptance: 2 |D_opt| calls."""

    opt_negatives: Number = 0.0
    """Ours: unseen items per item of D_opt that are mixed into the traversal; accepting one is a discrepancy, too (5.14)."""


class Agent4RecKnobs(Closed):
    """Agent4Rec as base simulator (baselines.md 1)."""

    single_genre_diversity: Whole = Field(default=1, ge=1, le=3)
    """Diversity level of a user whose first genre alone exceeds 80 % (the released code loses these users)."""


class Baselines(Closed):
    """What the LLM baselines have in common (baselines.md 0)."""

    max_build_items: Count = 60
    """BL-D3: most recent interactions from which LLM-US, RAH and AgentCF build a profile."""


class LlmUsKnobs(Closed):
    """LLM-US (baselines.md 2)."""

    keywords: Count = 3
    """BL-D4: keywords per interaction."""
    likes: Count = 12
    """BL-D4: most frequent pro keywords in the profile."""
    dislikes: Count = 8
    """BL-D4: most frequent con keywords in the profile."""
    pros_from: Whole = Field(default=3, ge=1, le=5)
    """BL-D4: rating from which pros explain it; cons below."""
    both_sides: Literal["keep", "stronger"] = "keep"
    """BL-D4: a keyword that is a pro and a con stays on both sides, or on the side where it is more frequent."""
    review_words: Whole = Field(default=300, ge=0)
    """BL-D4: words of a review that are shown where the data have texts; 0: none."""


class RahKnobs(Closed):
    """RAH (baselines.md 3)."""

    attempts: Count = 3
    """Learn, act and criticise at most so often per interaction (max_try_times of the released code, plus one)."""
    skip_neutral: Flag = True
    """BL-D5: interactions rated 3 teach nothing."""
    computed_accuracy: Flag = True
    """BL-D6: whether the action was right is computed, not asked."""
    reflect_every: Count = 1
    """Interactions between two reflections."""
    phrases: Count = 30
    """Most phrases of one list; the newest stay."""


class AgentCfKnobs(Closed):
    """AgentCF (baselines.md 4)."""

    rounds: Count = 2
    """Most choices per pair."""
    user_words: Count = 180
    """Longest self-introduction."""
    item_words: Count = 50
    """Longest description of an item."""
    item_memory: Flag = False
    """BL-D7: keep the rewritten descriptions for later pairs of the same user, or begin every pair with the plain item text.
    Pages never show them: of unseen items only this user's negatives can have one, so that it would tell what is not true."""


class KuaiSimKnobs(Closed):
    """KuaiSim (baselines.md 4b)."""

    negatives: Count = 4
    """BL-D8: uniform negatives per positive."""
    tau: Annotated[float, Field(gt=0, lt=1)] | None = None
    """BL-D8: verdict yes above it; absent: chosen on the validation items to maximise F1."""


class EnsembleKnobs(Closed):
    """What LUS knows of items (ensemble.md 1.2 to 1.5)."""

    categories: Literal["single", "multi"] = "single"
    """LG-D2, 5.6: the rarest remaining category of an item, or all of them."""
    rare_category: Count = 5
    """LG-D2: a category of fewer items is left out."""
    common_category: Share = 0.5
    """LG-D2: and one of more than this share of the items."""
    rare_keyword: Count = 2
    """LG-D4: a keyword of fewer items is left out."""
    common_keyword: Share = 0.1
    """LG-D4: and one of more than this share of the items."""
    kept_if_empty: Count = 3
    """LG-D4: the rarest keywords that stay where the filter would leave a side empty."""
    max_words: Count = 4
    """Longer keywords are sentences and dropped."""
    reviews_per_side: Count | None = 5
    """LG-D15: most positive and most negative reviews per item that are read; absent: all."""
    comment_words: Count = 300
    """Words of a review that are shown."""
    check_evidence: Flag = False
    """Drop a block whose evidence shares no word with what was shown (ensemble.md 8)."""
    encoder: str = "tfidf"
    """LG-D5: `tfidf` (with truncated SVD), or a model of the Hugging Face hub by name; paper: bert-base-uncased."""
    dimensions: Count = 64
    """Of an embedding by `tfidf`."""


class EpisodeKnobs(Closed):
    """The environment of LUS (ensemble.md 1.8), and how episodes are summed up (2)."""

    start: Literal["training", "two"] = "training"
    """LG-D8: real interactions in a user's first state: those of the training part, or the first two."""
    state: Literal["shifted", "code"] = "shifted"
    """LG-D9: an item vector of 0 unseen, 1 disliked, 2 liked; or as the code has it, where disliked equals unseen."""
    mask: Flag = True
    """LG-D10: items of the history are not recommended."""
    stop: Annotated[float, Field(strict=True, gt=0, le=1)] = 0.025
    """Chance that a user leaves after a step."""
    limit: Count = 500
    """Ours: an episode is cut off there."""
    liking_first: Count = 10
    """Liking% counts the first recommendations of an episode."""
    total_first: Count = 10
    """LG-D12: T. Rwd sums the first episodes of the panel."""


class SuberKnobs(Closed):
    """SUBER (baselines.md 4c)."""

    memory: Literal["last", "similar"] = "last"
    """BL-D9: which earlier items are remembered."""
    remembered: Whole = Field(default=3, ge=0)
    """BL-D9: how many."""
    liked_from: Whole = Field(default=6, ge=1, le=10)
    """BL-D9: rating from which the reward is 1."""
    likes: Count = 10
    """BL-D9: liked items, most recent first, from which a user is described."""
    dislikes: Count = 5
    """BL-D9: disliked ones."""


class AuditKnobs(Closed):
    """Pages shown once more in another order."""

    recommender: RecommenderName = "sasrec"
    """Whose pages."""


class CorpusKnobs(Closed):
    """Training texts of the diagnosis model (dgdpo.md 1.6, 1.7)."""

    items_per_user: Count = 20
    """DG-D5: at most m items of D_ini per corpus user."""
    opposite: Literal["llm", "template"] = "llm"
    """DG-D7: who writes the description of opposite sentiment; the template is the fallback."""
    relevance: Share = 0.35
    """DG-D6: cosine from which a description counts as relevant when no word is shared."""
    encoder: str = "tfidf"
    """DG-D6: whose cosine: `tfidf` of character n-grams, or a sentence encoder of the Hugging Face hub by name."""


class LlmKnobs(Closed):
    """What answers the prompts, and when a run has failed."""

    engine: Literal["openai", "local", "heuristic"]
    """An OpenAI-compatible endpoint, transformers in this process, or the embedded rules (no model at all)."""
    model: str
    """A dated snapshot or a revision, never a moving alias."""
    base_url: tuple[str, ...] = ()
    """Endpoints of engine `openai`; empty: the OpenAI service, or OPENAI_BASE_URL."""
    temperature: Number = Field(default=0.0, le=2)
    """0: always the likeliest token."""
    max_tokens: Count | None = None
    """Most tokens of one reply, a guard against models that do not stop; absent: the endpoint's own limit."""
    concurrency: Count = 64
    """Most calls in flight; adapted downwards when the endpoint pushes back."""
    timeout: Positive = 120.0
    """Seconds that one try of a call may take in all."""
    attempts: Count = 6
    """Most tries of one call."""
    max_fallback: Share = 0.10
    """Share of replies without a value (unreadable or refused) above which a run fails; above 0.02 it is flagged."""
    error_rate: Share = 0.01
    """Share of replies that the heuristic engine garbles on purpose, so that the parsing ladder is exercised."""
    prompts: Pins = Field(default_factory=FrozenDict)
    """Versions of prompts; a run may pin others. The newest version of what neither names is asked."""


class Price(Closed):
    """US dollars per million tokens."""

    input: Number
    """Prompt tokens."""
    cached_input: Number
    """Prompt tokens that the provider still had in its cache."""
    output: Number
    """Tokens of the reply."""


class DiagnoserKnobs(Closed):
    """The diagnosis model and how it is trained (dgdpo.md 1.6-1.8 and 3)."""

    checkpoint: str
    """DG-D17: the post-trained Qwen3, not -Base. `tiny` builds a small Qwen3 from scratch; all else goes to `from_pretrained`."""
    large_checkpoint: str
    """The larger model of Table 5; `tiny-large` builds a larger small Qwen3 from scratch."""
    form: Literal["literal", "contrastive"]
    """Synthesis of defects as the paper has it, or with the same profile under different labels."""
    rationale: Literal["reason", "stance"]
    """Rationale of a pre-training text: the simulator's reason (paper), or its stance to every genre (learnable from scratch)."""
    output: Literal["label", "evidence_label"]
    """Output of fine-tuning: the label only (paper), or evidence before the label."""
    mode: Literal["score", "generate"] = "score"
    """DG-D8: choose the label by its log-probability including the end token, or generate and parse."""
    corpus_users: Count
    """Users whose D_ini feeds the corpus (DG-D5)."""
    pretrain_samples: Count
    """Most pre-training texts."""
    finetune_samples: Count
    """Most fine-tuning samples."""
    pretrain_epochs: Positive
    """DG-D16: passes over the corpus."""
    finetune_epochs: Positive
    """DG-D16: best epoch by validation accuracy."""
    pretrain_lr: Positive
    """Peak learning rate of AdamW."""
    finetune_lr: Positive
    """The same for fine-tuning."""
    pretrain_batch: Count
    """Texts per optimisation step."""
    finetune_batch: Count
    """Samples per optimisation step."""
    pretrain_length: Count = 256
    """Longest text in tokens (Appendix C)."""
    finetune_length: Count = 512
    """Longest sample in tokens (Appendix C)."""
    lora: Flag = False
    """DG-D16: full fine-tuning, or LoRA."""
    test_samples: Count = 1000
    """Contrastive samples of each test split (the paper's own form is split 8:2)."""
    adam_beta2: Share = 0.999
    """AdamW's memory of squared gradients (torch's default); 0.95 suits the few thousand steps of a tiny model."""
    checkpoint_steps: Whole = Field(default=0, ge=0)
    """Steps between checkpoints from which a killed training goes on; 0: it starts again."""


class RecommenderKnobs(Closed):
    """How recommenders are trained."""

    tuned: Flag
    """Hyper-parameters of Table 6 (per data set) or the small ones of the rehearsal."""
    epochs: Count
    """Most passes over the training sequences (DGDPO, Implementation Details: 100)."""
    patience: Count = 10
    """DG-D18: early stopping on validation NDCG@10."""
    batch: Literal["original", "windows", "pairs"] = "original"
    """What the batch size of Table 6 counts: sequences (cut into windows) for SASRec and LRURec and single (history, next item)
    pairs for FPMC and NARM, as their original codes do; or the same for all."""
    names: Recommenders = ("fpmc", "narm", "sasrec", "lrurec")
    """Which of a run's recommenders are simulated; fewer is marked in the results (DG-D15)."""


class TuningKnobs(Closed):
    """The search of Table 6 (DGDPO, Implementation Details)."""

    trials: Count
    """Trials per method."""
    epochs: Count
    """Most passes of one trial."""
    patience: Count = 10
    """DG-D18: early stopping of one trial."""
    users: Count | None = None
    """Users whose sequences are trained on, in the order of `order.csv`; absent: all."""


class ClickKnobs(Closed):
    """Response models trained on likes and dislikes (ensemble.md 1.7)."""

    epochs: Count
    """Most passes over the training sequences."""
    patience: Count = 20
    """LG-D6: early stopping on validation AUC."""
    longest: Count = 20
    """LG-D7: items of a history that count."""
    batch: Count = 512
    """Users per optimisation step."""


class DqnKnobs(Closed):
    """DQN where a mode differs from the library's defaults (ensemble.md 1.9)."""

    learning_rate: Positive = 1e-4
    """Of Adam."""
    buffer: Count = 250_000
    """Steps that are remembered."""
    learning_starts: Whole = Field(default=50_000, ge=0)
    """Steps before the first update."""
    target_update: Count = 10_000
    """Steps between two copies of the network into the target network."""


class OnPolicyKnobs(Closed):
    """PPO, TRPO or A2C where a mode differs from the library's defaults (ensemble.md 1.9)."""

    rollout: Count
    """Steps between two updates: of PPO and TRPO all environments together, of A2C in every environment."""
    learning_rate: Positive
    """Of the optimiser."""


class Learning(Closed):
    """How reinforcement learners are trained and evaluated (ensemble.md 1.9)."""

    steps: Frozen[Count]
    """Steps of training by learner: `ppo`, `trpo`, `a2c`, `dqn`."""
    seeds: Whole = Field(default=3, ge=2)
    """Trainings from different seeds; numbers are means over them."""
    actions: Count | None = None
    """LG-D11: only so many items, those with the most training interactions, are recommended; absent: all."""
    environments: Count = 1
    """Episodes that are played side by side."""
    panel: Count
    """Episodes of the evaluation after training."""
    evaluate_every: Count
    """Steps between evaluations during training."""
    evaluate_episodes: Count = 10
    """Episodes of such an evaluation."""
    checkpoint_every: Count
    """Steps between checkpoints, from which a killed training goes on with the same bytes."""
    dqn: DqnKnobs = DqnKnobs()
    ppo: OnPolicyKnobs = OnPolicyKnobs(rollout=2048, learning_rate=3e-4)
    trpo: OnPolicyKnobs = OnPolicyKnobs(rollout=2048, learning_rate=1e-3)
    a2c: OnPolicyKnobs = OnPolicyKnobs(rollout=5, learning_rate=7e-4)


class Mode(Closed):
    """All that differs between rehearsal and paper: data, model names, sizes."""

    sources: Frozen[str]
    """For each data set of a paper the source of `specs/datasets.yaml` that is read."""
    users: Count
    """Simulated users."""
    llm: LlmKnobs
    diagnoser: DiagnoserKnobs
    recommenders: RecommenderKnobs
    tuning: TuningKnobs
    clicks: ClickKnobs
    learning: Learning
    threads: Count | None = None
    """CPU threads of a stage unless OMP_NUM_THREADS says how many; absent: as many as torch finds good. One is fastest where all
    models are tiny."""


class Params(Closed):
    """`params.yaml`."""

    mode: Literal["rehearsal", "paper"]
    seed: Whole = 42
    """The master seed: everything random draws from it, apart by purpose, user and round."""
    data: Data = Data()
    interaction: Interaction = Interaction()
    corpus: CorpusKnobs = CorpusKnobs()
    dgdpo: DgdpoKnobs = DgdpoKnobs()
    agent4rec: Agent4RecKnobs = Agent4RecKnobs()
    baselines: Baselines = Baselines()
    llm_us: LlmUsKnobs = LlmUsKnobs()
    rah: RahKnobs = RahKnobs()
    agentcf: AgentCfKnobs = AgentCfKnobs()
    kuaisim: KuaiSimKnobs = KuaiSimKnobs()
    audit: AuditKnobs = AuditKnobs()
    ensemble: EnsembleKnobs = EnsembleKnobs()
    episodes: EpisodeKnobs = EpisodeKnobs()
    suber: SuberKnobs = SuberKnobs()
    rehearsal: Mode
    paper: Mode
    prices: Frozen[Price]

    @property
    def here(self) -> Mode:
        """The block of the mode in force."""
        return self.rehearsal if self.mode == "rehearsal" else self.paper
