"use strict";
/* Transcripts: one user's rounds with one recommender. The address says what is shown, so that every round can be linked to. */
(() => {
  const { load, el, fill, button, difference, phrases, shown } = reproduce;
  const $ = (id) => document.getElementById(id);
  const LABELS = {
    fpmc: "FPMC", narm: "NARM", sasrec: "SASRec", lrurec: "LRURec",
    none: "none", without_gt: "by its own choice (w/o GT)", with_gt: "by the true item (w/ GT)",
  };
  const nice = (name) => LABELS[name] ?? name;
  /* A round is a letter for what was chosen (t the true item, o another one, n nothing, x unreadable), upper case when the true one was accepted. */
  const accepted = (letter) => letter !== letter.toLowerCase();
  const FILTERS = {
    all: ["all rounds", () => true],
    declined: ["true item declined", (letter) => !accepted(letter)],
    accepted: ["true item accepted", accepted],
    chosen: ["true item chosen", (letter) => letter.toLowerCase() === "t"],
    other: ["another item chosen", (letter) => letter.toLowerCase() === "o"],
    nothing: ["nothing chosen", (letter) => letter.toLowerCase() === "n"],
    unread: ["reply could not be read", (letter) => letter.toLowerCase() === "x"],
  };
  const FIELDS = ["data", "run", "recommender", "strategy", "user"];
  const selects = Object.fromEntries([...FIELDS, "filter"].map((name) => [name, $(`t-${name}`)]));
  const [find, short] = [$("t-find"), $("t-short")];
  const base = `data/${document.body.dataset.paper}`;
  let index, users, truths, state;
  let round = 1;
  let turn = 0; // only the newest of several draws may paint

  const run = () => index.runs.find((one) => one.key === selects.run.value);
  const letters = (user) => users[user] ?? "";
  const passes = () => FILTERS[selects.filter.value][1];
  const matching = (user) => [...letters(user)].map((letter, place) => (passes()(letter) ? place + 1 : 0)).filter(Boolean);

  async function start() {
    index = await load(`${base}/index`);
    $("viewer").hidden = false;
    fill(selects.filter, Object.keys(FILTERS), (name) => FILTERS[name][0]);
    selects.data.onchange = () => change(rerun);
    selects.run.onchange = () => change(reparts);
    for (const name of ["recommender", "strategy"]) selects[name].onchange = () => change(() => {});
    selects.user.onchange = () => draw();
    selects.filter.onchange = () => { list(); settle(); draw(); };
    find.oninput = search;
    short.onchange = () => draw();
    $("t-previous").onclick = () => user(-1);
    $("t-next").onclick = () => user(1);
    addEventListener("hashchange", () => { if (location.hash !== address()) read(); });
    addEventListener("keydown", press);
    await read();
  }

  /* From the address to the controls. */
  async function read() {
    state = new URLSearchParams(location.hash.slice(1));
    fill(selects.data, [...new Set(index.runs.map((one) => one.dataset))], (name) => index.datasets[name] ?? name);
    const asked = index.runs.find((one) => one.key === state.get("run")) ?? index.runs.find((one) => one.stories);
    choose(selects.data, asked?.dataset);
    rerun();
    choose(selects.run, asked?.key);
    reparts();
    choose(selects.recommender, state.get("recommender"));
    choose(selects.strategy, state.get("strategy"));
    choose(selects.filter, state.get("filter"));
    round = Number(state.get("round")) || 1;
    await relist();
    choose(selects.user, state.get("user"));
    settle();
    await draw();
  }
  function choose(select, value) {
    if ([...select.options].some((option) => option.value === String(value))) select.value = value;
    if (select.selectedIndex < 0) select.selectedIndex = 0;
  }
  function rerun() {
    fill(selects.run, index.runs.filter((one) => one.dataset === selects.data.value).map((one) => one.key),
      (key) => index.runs.find((one) => one.key === key).name);
    reparts();
  }
  function reparts() {
    fill(selects.recommender, run().recommenders, nice);
    fill(selects.strategy, run().strategies, nice);
  }
  async function change(first) {
    first();
    await relist();
    settle();
    await draw();
  }
  async function relist() {
    const one = run();
    users = await load(`${base}/${one.slug}/${selects.recommender.value}-${selects.strategy.value}`);
    truths = null;
    list();
  }
  /* The users that hold a round that passes the filter and whose number or true items hold what is searched for. */
  function list() {
    const words = find.value.trim().toLowerCase();
    const found = run().users.filter((user) => matching(user).length && (!words || String(user) === words || holds(user, words)));
    fill(selects.user, found, (user) => `${user}: ${matching(user).length} of ${letters(user).length} rounds`);
    selects.user.disabled = !found.length;
    const rounds = found.reduce((sum, user) => sum + matching(user).length, 0);
    $("t-count").textContent = `${found.length.toLocaleString("en")} of ${run().users.length.toLocaleString("en")} users, ${rounds.toLocaleString("en")} rounds`;
  }
  const holds = (user, words) => (truths?.[user] ?? []).some((title) => title.toLowerCase().includes(words));
  async function search() {
    if (find.value.trim() && !truths) truths = await load(`${base}/truths/${run().dataset}`);
    list();
    settle();
    await draw();
  }
  /* Stay at a round that passes the filter. */
  function settle() {
    const here = matching(selects.user.value);
    if (here.length && !here.includes(round)) round = here[0];
  }
  const address = () => `#${new URLSearchParams({
    run: selects.run.value, recommender: selects.recommender.value, strategy: selects.strategy.value, user: selects.user.value, round,
    ...(selects.filter.value === "all" ? {} : { filter: selects.filter.value }),
  })}`;

  async function draw() {
    const mine = (turn += 1);
    const one = run();
    const number = selects.user.value;
    if (!number) {
      $("t-rounds").replaceChildren();
      $("t-page").replaceChildren(el("p", "No user passes."));
      return;
    }
    const block = Math.floor(one.users.indexOf(Number(number)) / index.perBlock);
    const [told, items] = await Promise.all([
      load(`${base}/${one.slug}/${selects.recommender.value}-${selects.strategy.value}-${block}`), load(`${base}/items/${one.dataset}-${block}`)]);
    if (mine !== turn) return;
    const known = told.users[number];
    round = Math.min(Math.max(round, 1), known.rounds.length);
    buttons(number);
    $("t-page").replaceChildren(...page(known, told.reasons, items));
    $("t-previous").disabled = selects.user.selectedIndex <= 0;
    $("t-next").disabled = selects.user.selectedIndex >= selects.user.options.length - 1;
    try { history.replaceState(null, "", address()); } catch { /* some browsers forbid it on disk */ }
    document.body.dataset.drawn = `${number}-${round}`;
  }
  function buttons(user) {
    const passing = new Set(matching(user));
    $("t-rounds").replaceChildren(...[...letters(user)].map((letter, place) => {
      const made = button(String(place + 1), "", () => go(place + 1));
      made.className = `${accepted(letter) ? "hit" : "miss"}${passing.has(place + 1) ? "" : " faint"}`;
      made.setAttribute("aria-pressed", String(place + 1 === round));
      made.setAttribute("aria-label", `Round ${place + 1}, true item ${accepted(letter) ? "accepted" : "declined"}`);
      return made;
    }));
  }
  async function go(to) {
    round = to;
    await draw();
    $("t-rounds").children[round - 1]?.focus();
  }
  function step(by) {
    const here = matching(selects.user.value);
    const next = by > 0 ? here.find((one) => one > round) : here.findLast((one) => one < round);
    if (next) go(next);
  }
  function user(by) {
    const to = selects.user.selectedIndex + by;
    if (to < 0 || to >= selects.user.options.length) return;
    selects.user.selectedIndex = to;
    settle();
    draw();
  }
  const KEYS = {
    j: () => user(1), k: () => user(-1), ArrowRight: () => step(1), ArrowLeft: () => step(-1),
    "/": () => { find.focus(); find.select(); }, s: () => short.click(), "?": () => { $("t-keys").open = !$("t-keys").open; },
  };
  function press(event) {
    if (event.target === find && event.key === "Escape") { find.value = ""; search(); find.blur(); return; }
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input:not([type=checkbox]), select, textarea")) return;
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    KEYS[event.key]();
  }

  /* One round. */
  function page(known, reasons, items) {
    const played = known.rounds[round - 1];
    const said = [...played.yes].map((one) => one === "1");
    const body = el("tbody", ...played.shown.map((id, place) => line(played, said, reasons, id, place, items))
      .filter((_, place) => !short.checked || said[place] || place === played.truth || place === played.selected));
    const heads = [["Rank", "number"], ["Item", ""], ["Score", "number.score"], ["Verdict", ""], ["Reason", ""], ["Outcome", ""]];
    const head = el("thead", el("tr", ...heads.map(([name, kind]) => Object.assign(el(kind ? `th.${kind}` : "th", name), { scope: "col" }))));
    const parts = [el("p.told", ...words(played, said, items)), ...profile(known, played),
      el("div.scroll", el("table.shown", el("caption", "The page as it was shown"), head, body)), ...versions(known), before(known, items)];
    if (played.raw) parts.push(el("details", el("summary", `The reply itself (read as ${played.status})`), el("div.raw", played.raw)));
    return parts;
  }
  function words(played, said, items) {
    const hit = said[played.truth];
    const count = said.filter(Boolean).length;
    const title = (place) => items[played.shown[place]]?.[0] ?? "";
    const parts = [`Round ${round}: yes to ${count} of ${said.length} items. The true item is ranked ${played.truth + 1} and is `,
      el(hit ? "b.yes" : "b.no", hit ? "accepted" : "declined"), ". "];
    if (played.selected === null) parts.push("Nothing is chosen. ");
    else {
      const what = played.selected === played.truth ? "the true item" : title(played.selected);
      parts.push(`Chosen: number ${played.selected + 1}, ${what}${played.rating ? `, rated ${played.rating}` : ""}. `);
    }
    const fed = selects.strategy.value === "with_gt" ? played.truth : played.selected;
    parts.push(fed === null ? "The recommender learns nothing." : `The recommender then knows ${title(fed)}, too.`);
    if (played.exit) parts.push(" The simulator wants to leave.");
    if (played.missing) parts.push(` ${played.missing} verdict${played.missing > 1 ? "s were" : " was"} missing in the reply and count${played.missing > 1 ? "" : "s"} as no.`);
    if (played.status !== "strict") parts.push(` The reply was read as ${played.status}.`);
    return parts;
  }
  function profile(known, played) {
    const text = known.versions[played.version];
    if (!text) return [el("p.legend", "This method has no written profile: a trained model answers.")];
    const last = round > 1 ? known.rounds[round - 2].version : played.version;
    const changed = last !== played.version;
    const several = known.versions.length > 1 ? `, version ${played.version + 1} of ${known.versions.length}` : "";
    const pieces = changed ? difference(phrases(known.versions[last]), phrases(text)) : null;
    return [el("p.legend", `The profile in this round${several}${changed ? "; what changed since the last round is marked" : ""}`),
      changed ? shown(pieces) : el("p.profile", text)];
  }
  function versions(known) {
    if (known.versions.length < 2) return [];
    const told = known.versions.map((text, place) => {
      const [by, why] = place ? known.changes[place - 1] ?? ["", ""] : ["", ""];
      const rounds = known.rounds.map((played, number) => (played.version === place ? number + 1 : 0)).filter(Boolean);
      const used = rounds.length ? `, in force in round${rounds.length > 1 ? "s" : ""} ${spans(rounds)}` : "";
      return el("li", el("p.legend", `${place ? `after ${by || "a change"}` : "first"}${used}`),
        place ? shown(difference(phrases(known.versions[place - 1]), phrases(text))) : el("p.profile", text),
        why ? el("p", el("small", "because: "), why) : null);
    });
    return [el("details", el("summary", `${known.versions.length} versions of the profile`), el("ol.versions", ...told))];
  }
  function spans(numbers) {
    const parts = [];
    for (const number of numbers) {
      const last = parts.at(-1);
      if (last && last[1] === number - 1) last[1] = number; else parts.push([number, number]);
    }
    return parts.map(([first, last]) => (first === last ? first : `${first} to ${last}`)).join(", ");
  }
  function before(known, items) {
    const rows = known.history.map((id) => el("li", el("span.title", items[id]?.[0] ?? `item ${id}`), el("span.genres", kinds(items[id]))));
    const list = Object.assign(el("ol.history", ...rows), { start: known.known - rows.length + 1 });
    return el("details", el("summary", `History before round 1: the last ${rows.length} of ${known.known} items that the recommender knew`), list);
  }
  const kinds = (item) => (item ? item[1].join(", ") + (item[2] === null ? "" : `${item[1].length ? " · " : ""}mean ${Number(item[2]).toFixed(2)}`) : "");
  function line(played, said, reasons, id, place, items) {
    const truth = place === played.truth;
    const outcome = truth ? (said[place] ? "hit" : "missed") : (said[place] ? "false yes" : "");
    return el(truth ? "tr.is-true" : "tr",
      el("td.number", String(place + 1)),
      el("td.item", el("span.title", items[id]?.[0] ?? `item ${id}`), truth ? el("span.tag.true", "true item") : null,
        place === played.selected ? el("span.tag.chosen", "chosen") : null, el("span.genres", kinds(items[id]))),
      el("td.number.score", played.scores[place].toFixed(3)),
      el(said[place] ? "td.said" : "td.said.no", said[place] ? "✓ yes" : "– no"),
      el("td.reason", reasons[played.reasons[place]]),
      el("td.outcome", outcome));
  }
  start();
})();
