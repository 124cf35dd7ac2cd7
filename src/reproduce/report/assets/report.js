"use strict";
/* Profiles and transcripts. Data come as scripts (a page opened from disk may not fetch); text is only ever set as text. */
const reproduce = (() => {
  const waiting = new Map();
  const $ = (id) => document.getElementById(id);

  /* receive(name, data) is what every data file calls; load(name) promises its data. */
  function receive(name, data) {
    if (name === "index") start(data);
    else waiting.get(name)?.resolve(data);
  }
  function load(name) {
    if (!waiting.has(name)) {
      const entry = {};
      entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
      waiting.set(name, entry);
      const tag = document.createElement("script");
      tag.src = `data/${name}.js`;
      tag.onerror = () => entry.reject(new Error(`data/${name}.js is missing`));
      document.body.append(tag);
    }
    return waiting.get(name).promise;
  }

  /* el("p.note", "text", child, ...) */
  function el(what, ...children) {
    const [tag, ...classes] = what.split(".");
    const made = document.createElement(tag);
    if (classes.length) made.className = classes.join(" ");
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  }
  const LABELS = {
    fpmc: "FPMC", narm: "NARM", sasrec: "SASRec", lrurec: "LRURec", none: "none", without_gt: "without ground truth", with_gt: "with ground truth",
  };
  const nice = (name) => LABELS[name] ?? name;
  function fill(select, values, text = String) {
    const before = select.value;
    select.replaceChildren(...values.map((value) => Object.assign(el("option", text(value)), { value })));
    if (values.map(String).includes(before)) select.value = before;
  }
  const stars = (rating) => `${Number(rating)} of 5 stars`;

  function start(index) {
    evolution(index);
    transcripts(index);
    theme();
  }

  /* How a profile came to be, as in Figure 5. */
  function evolution(index) {
    const runs = index.runs.filter((run) => run.profiles.length);
    if (!runs.length) return;
    const [runOf, userOf, story] = [$("p-run"), $("p-user"), $("p-story")];
    $("evolution").hidden = false;
    fill(runOf, runs.map((run) => run.key), (key) => runs.find((run) => run.key === key).method);
    const users = () => runs.find((run) => run.key === runOf.value);
    const again = () => { fill(userOf, users().profiles, (user) => `user ${user}`); draw(); };
    const move = (by) => { userOf.selectedIndex += by; draw(); };
    async function draw() {
      const run = users();
      const place = run.profiles.indexOf(Number(userOf.value));
      $("p-back").disabled = place <= 0;
      $("p-next").disabled = place >= run.profiles.length - 1;
      const told = await load(`profiles/${run.slug}-${Math.floor(place / index.perFile)}`);
      story.replaceChildren(el("h3", `User ${userOf.value}`), ...tell(told[userOf.value]));
    }
    runOf.onchange = again;
    userOf.onchange = draw;
    $("p-back").onclick = () => move(-1);
    $("p-next").onclick = () => move(1);
    fill(userOf, users().profiles, (user) => `user ${user}`);
    userOf.value = users().start;
    draw();
  }
  function tell(user) {
    const parts = [step("(1) Initial profile", el("p.profile", user.initial.join(", ")))];
    parts.push(...user.batches.map((batch, place) => treatment(batch, place === 0)));
    if (!user.batches.length) parts.push(el("p", "Too few cases for a treatment: the profile stayed as it was."));
    else parts.push(el("div.batch", el("h4", "From first to last"), diff(user.overall)));
    const left = user.left ? `${user.left} last case${user.left > 1 ? "s" : ""} never made a full batch and stayed untreated. ` : "";
    const share = (value) => `${Math.round(100 * value)} %`;
    const yes = user.before === null || user.after === null || user.before === undefined ? ""
      : `Of the later real choices the simulator accepts ${share(user.before)} with the first profile and ${share(user.after)} with the last.`;
    if (left || yes) parts.push(el("p", left, yes));
    return parts;
  }
  function treatment(batch, open) {
    const cases = batch.cases.map((one) => el("div.case",
      el("p", el("span.title", one.title), ` rated ${stars(one.rating)}`, el("span.genres", one.genres.join(", "))),
      el("p", el("small", "declined: "), one.said),
      el("p", el("small", "defect: "), el("span.defect", one.defect), one.evidence ? el("small", ` ${one.evidence}`) : null),
      one.why ? el("p", el("small", "because: "), el("span.why", one.why)) : null));
    const suggestions = el("ul.suggestions", ...batch.suggestions.map((line) => el("li", el("span.suggestion", line))));
    const verdict = batch.accepted ? null
      : el("p", el("strong", "Rejected"), `${batch.rejected ? ` (${batch.rejected})` : ""}: the old profile stays.`);
    const count = (what) => batch.change.filter(([is]) => is === what).length;
    const result = batch.accepted ? `${count("drop")} dropped, ${count("add")} added` : "rejected";
    const folded = el("details.batch", el("summary", el("h4", `Treatment ${batch.number}`), ` ${batch.cases.length} cases, ${result}`),
      step("(2) and (3) Cases: the simulator declined what the user chose; defect and inferred reason", el("div.cases", ...cases)),
      step("(4) Suggestions", suggestions),
      step("(5) Updated profile", verdict, batch.accepted ? diff(batch.change) : null));
    folded.open = open;
    return folded;
  }
  const step = (title, ...content) => el("div.step", el(title.startsWith("(1)") ? "h4" : "h5", title), ...content);
  function diff(pieces) {
    const TAGS = { keep: "span", drop: "del.drop", add: "ins.add" };
    const line = el("p.profile");
    pieces.forEach(([what, text], place) => line.append(place ? ", " : "", el(TAGS[what], text)));
    return line;
  }

  /* Rounds of one user. */
  function transcripts(index) {
    if (!index.runs.length) return;
    const [runOf, recommenderOf, strategyOf, userOf, short] = ["t-run", "t-recommender", "t-strategy", "t-user", "t-short"].map($);
    const state = new URLSearchParams(location.hash.startsWith("#transcripts?") ? location.hash.slice(13) : "");
    let round = Number(state.get("round")) || 1;
    let known = null;
    $("viewer").hidden = false;
    const run = () => index.runs.find((one) => one.key === runOf.value);
    fill(runOf, index.runs.map((one) => one.key), (key) => index.runs.find((one) => one.key === key).method);
    const choose = (select, name) => { if (state.has(name)) select.value = state.get(name); if (select.selectedIndex < 0) select.selectedIndex = 0; };
    choose(runOf, "run");
    function rerun() {
      fill(recommenderOf, run().recommenders, nice);
      fill(strategyOf, run().strategies, nice);
      fill(userOf, run().users, (user) => `user ${user}`);
    }
    rerun();
    choose(recommenderOf, "recommender"); choose(strategyOf, "strategy"); choose(userOf, "user");

    async function draw(remember = true) {
      const one = run();
      const part = Math.floor(one.users.indexOf(Number(userOf.value)) / index.perFile);
      const [told, items] = await Promise.all([
        load(`transcripts/${one.slug}/${recommenderOf.value}-${strategyOf.value}-${part}`), load(`items/${one.dataset}`)]);
      known = told[userOf.value];
      round = Math.min(Math.max(round, 1), known.rounds.length);
      buttons();
      $("t-page").replaceChildren(...page(known, round, items, short.checked));
      if (remember) {
        const names = { run: one.key, recommender: recommenderOf.value, strategy: strategyOf.value, user: userOf.value, round };
        try { history.replaceState(null, "", `#transcripts?${new URLSearchParams(names)}`); } catch { /* some browsers forbid it on disk */ }
      }
    }
    function buttons() {
      $("t-rounds").replaceChildren(...known.rounds.map((played, place) => {
        const hit = played.yes[played.truth] === "1";
        const button = el(hit ? "button.hit" : "button", String(place + 1));
        button.type = "button";
        button.setAttribute("aria-pressed", String(place + 1 === round));
        button.setAttribute("aria-label", `Round ${place + 1}, true item ${hit ? "judged yes" : "judged no"}`);
        button.onclick = () => go(place + 1);
        return button;
      }));
    }
    async function go(to) {
      if (!known || to < 1 || to > known.rounds.length) return;
      round = to;
      await draw();
      $("t-rounds").children[round - 1].focus();
    }
    $("t-rounds").onkeydown = (event) => {
      if (event.key === "ArrowRight") { event.preventDefault(); go(round + 1); }
      if (event.key === "ArrowLeft") { event.preventDefault(); go(round - 1); }
    };
    runOf.onchange = () => { rerun(); draw(); };
    for (const select of [recommenderOf, strategyOf, userOf, short]) select.onchange = () => draw();
    draw(false);
  }
  function page(user, number, items, short) {
    const played = user.rounds[number - 1];
    const said = [...played.yes].map((one) => one === "1");
    const hit = said[played.truth];
    const count = said.filter(Boolean).length;
    const words = [`Round ${number}: yes to ${count} of ${said.length} items. The true item is ranked ${played.truth + 1} and is judged ${hit ? "yes" : "no"}. `];
    words.push(played.selected === null ? "Nothing is chosen." : `Chosen: number ${played.selected + 1}${played.selected === played.truth ? ", the true item" : ""}${played.rating ? `, rated ${played.rating}` : ""}.`);
    if (played.exit) words.push(" The simulator wants to leave.");
    if (played.missing) words.push(` ${played.missing} verdict${played.missing > 1 ? "s were" : " was"} missing in the reply and count${played.missing > 1 ? "" : "s"} as no.`);
    const before = user.history.concat([]).map((id) => items[id]?.[0] ?? id).join("; ");
    const body = el("tbody", ...played.shown.map((id, place) => line(played, said, id, place, items)).filter((_, place) => !short || said[place] || place === played.truth));
    const head = el("thead", el("tr", ...[["Rank", "number"], ["Item", ""], ["Score", "number score"], ["Verdict", ""], ["Reason", ""], ["Outcome", ""]].map(([name, kind]) => {
      const cell = el(kind ? `th.${kind.replace(" ", ".")}` : "th", name);
      cell.scope = "col";
      return cell;
    })));
    const parts = [el("p", ...words), el("p.legend", "The profile in this round"), el("p.profile", user.profiles[played.profile]),
      el("div.scroll", el("table.shown", el("caption", "The page as it was shown"), head, body)),
      el("details", el("summary", "The last items that the recommender knew before round 1"), el("p", before))];
    if (played.raw) parts.push(el("details", el("summary", `The reply itself (read as ${played.status})`), el("div.raw", played.raw)));
    return parts;
  }
  function line(played, said, id, place, items) {
    const [title, genres, mean] = items[id] ?? [`item ${id}`, [], null];
    const truth = place === played.truth;
    const outcome = truth ? (said[place] ? "hit" : "missed") : (said[place] ? "false yes" : "");
    const kinds = genres.join(", ") + (mean === null ? "" : `${genres.length ? " · " : ""}mean ${Number(mean).toFixed(2)}`);
    const row = el(truth ? "tr.is-true" : "tr",
      el("td.number", String(place + 1)),
      el("td", el("span.title", title), truth ? el("span.tag.true", "true item") : null,
        place === played.selected ? el("span.tag.chosen", "chosen") : null, el("span.genres", kinds)),
      el("td.number.score", played.scores[place].toFixed(3)),
      el(said[place] ? "td.said" : "td.said.no", said[place] ? "✓ yes" : "– no"),
      el("td.reason", played.reasons[place]),
      el("td.outcome", outcome));
    return row;
  }

  /* As the system, or the other one; remembered where the browser lets a page on disk remember. */
  function theme() {
    const button = $("theme");
    const order = ["system", "light", "dark"];
    const shown = { system: "as the system", light: "light", dark: "dark" };
    let now = "system";
    try { now = localStorage.getItem("reproduce-theme") ?? now; } catch { /* not remembered */ }
    const apply = () => {
      if (now === "system") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = now;
      button.textContent = `Theme: ${shown[now]}`;
    };
    button.hidden = false;
    button.onclick = () => {
      now = order[(order.indexOf(now) + 1) % 3];
      try { localStorage.setItem("reproduce-theme", now); } catch { /* not remembered */ }
      apply();
    };
    apply();
  }
  return { receive };
})();
