"use strict";
/* How a profile came to be, as the paper's case studies tell it: cases, defects, reasons, suggestions, the new profile. */
(async () => {
  const { load, el, fill, shown } = reproduce;
  const $ = (id) => document.getElementById(id);
  const base = `data/${document.body.dataset.paper}`;
  const index = await load(`${base}/index`);
  const runs = index.runs.filter((run) => run.stories);
  if (!runs.length) return;
  const [runOf, userOf, story] = [$("p-run"), $("p-user"), $("p-story")];
  const run = () => runs.find((one) => one.key === runOf.value);
  let turn = 0;
  $("evolution").hidden = false;
  fill(runOf, runs.map((one) => one.key), (key) => {
    const one = runs.find((each) => each.key === key);
    return `${one.name}, ${index.datasets[one.dataset] ?? one.dataset}`;
  });
  function again() {
    fill(userOf, run().users, (user) => `user ${user}`);
    if (userOf.selectedIndex < 0) userOf.selectedIndex = 0;
    draw();
  }
  async function draw() {
    const mine = (turn += 1);
    const place = userOf.selectedIndex;
    $("p-back").disabled = place <= 0;
    $("p-next").disabled = place >= userOf.options.length - 1;
    const told = await load(`${base}/${run().slug}/stories-${Math.floor(place / index.perBlock)}`);
    if (mine !== turn) return;
    const user = told[userOf.value];
    story.replaceChildren(el("h3", `User ${userOf.value}`), ...(user ? tell(user) : [el("p", "Nothing is told of this user.")]));
  }
  const move = (by) => { userOf.selectedIndex += by; draw(); };
  runOf.onchange = again;
  userOf.onchange = draw;
  $("p-back").onclick = () => move(-1);
  $("p-next").onclick = () => move(1);
  fill(userOf, run().users, (user) => `user ${user}`);
  userOf.value = run().start;
  draw();

  function tell(user) {
    const parts = [step("(1) Initial profile", el("p.profile", user.initial.join(", ")))];
    parts.push(...user.batches.map((batch, place) => treatment(batch, place === 0)));
    if (!user.batches.length) parts.push(el("p", "Too few cases for a treatment: the profile stayed as it was."));
    else parts.push(el("div.batch", el("h4", "From first to last"), shown(user.overall)));
    const left = user.left ? `${user.left} last case${user.left > 1 ? "s" : ""} never made a full batch and stayed untreated. ` : "";
    const share = (value) => `${Math.round(100 * value)} %`;
    const yes = user.before === null || user.after === null || user.before === undefined ? ""
      : `Of the later real choices the simulator accepts ${share(user.before)} with the first profile and ${share(user.after)} with the last.`;
    if (left || yes) parts.push(el("p", left, yes));
    return parts;
  }
  function treatment(batch, open) {
    const cases = batch.cases.map((one) => el("div.case",
      el("p", el("span.title", one.title), one.rating === null ? ", which the user never met" : ` rated ${one.rating} of 5 stars`,
        el("span.genres", one.genres.join(", "))),
      el("p", el("small", one.rating === null ? "accepted: " : "declined: "), one.said),
      el("p", el("small", "defect: "), el("span.defect", one.defect), one.evidence ? el("small", ` ${one.evidence}`) : null),
      one.why ? el("p", el("small", "because: "), el("span.why", one.why)) : null,
      typeof one.later === "boolean" ? el("p", el("small", `with the last profile ${one.later ? "accepted" : "still declined"}`)) : null));
    const suggestions = el("ul.suggestions", ...batch.suggestions.map((line) => el("li", el("span.suggestion", line))));
    const verdict = batch.accepted ? null
      : el("p", el("strong", "Rejected"), `${batch.rejected ? ` (${batch.rejected})` : ""}: the old profile stays.`);
    const count = (what) => batch.change.filter(([is]) => is === what).length;
    const result = batch.accepted ? `${count("drop")} dropped, ${count("add")} added` : "rejected";
    const folded = el("details.batch", el("summary", el("h4", `Treatment ${batch.number}`), ` ${batch.cases.length} cases, ${result}`),
      step("(2) and (3) Cases: the simulator declined what the user chose; defect and inferred reason", el("div.cases", ...cases)),
      step("(4) Suggestions", suggestions),
      step("(5) Updated profile", verdict, batch.accepted ? shown(batch.change) : null));
    folded.open = open;
    return folded;
  }
  function step(title, ...content) { return el("div.step", el(title.startsWith("(1)") ? "h4" : "h5", title), ...content); }
})();
