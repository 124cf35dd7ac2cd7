"use strict";
/* What every page needs. Data come as scripts (a page opened from disk may fetch nothing); text is only ever set as text. */
const reproduce = (() => {
  const root = document.documentElement.dataset.root;
  const waiting = new Map();

  /* `load(name)` promises the data of `<name>.js`, which calls `receive` or, where it is deflated, `unpack`. */
  function load(name) {
    if (!waiting.has(name)) {
      const entry = {};
      entry.promise = new Promise((resolve, reject) => Object.assign(entry, { resolve, reject }));
      waiting.set(name, entry);
      const tag = document.createElement("script");
      tag.src = `${root}/${name}.js`;
      tag.onload = () => tag.remove();
      tag.onerror = () => { waiting.delete(name); entry.reject(new Error(`${name}.js is missing`)); };
      document.body.append(tag);
    }
    return waiting.get(name).promise;
  }
  const receive = (name, data) => waiting.get(name)?.resolve(data);
  function unpack(name, body) {
    const bytes = Uint8Array.from(atob(body), (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
    new Response(stream).json().then((data) => receive(name, data), (error) => waiting.get(name)?.reject(error));
  }

  /* el("p.note", "text", child, ...) */
  function el(what, ...children) {
    const [tag, ...classes] = what.split(".");
    const made = document.createElement(tag);
    if (classes.length) made.className = classes.join(" ");
    made.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return made;
  }
  function fill(select, values, text = String) {
    const before = select.value;
    select.replaceChildren(...values.map((value) => Object.assign(el("option", text(value)), { value })));
    if (values.map(String).includes(before)) select.value = before;
  }
  function button(text, title, press) {
    const made = Object.assign(el("button", text), { type: "button", title });
    made.onclick = press;
    return made;
  }
  /* What stays, goes and comes between two lists: [what, text], in reading order. */
  function difference(before, after) {
    const longest = before.map(() => new Array(after.length + 1).fill(0)).concat([new Array(after.length + 1).fill(0)]);
    for (let i = before.length - 1; i >= 0; i -= 1) {
      for (let j = after.length - 1; j >= 0; j -= 1) {
        longest[i][j] = before[i] === after[j] ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
      }
    }
    const pieces = [];
    let [i, j] = [0, 0];
    while (i < before.length || j < after.length) {
      if (i < before.length && j < after.length && before[i] === after[j]) { pieces.push(["keep", before[i]]); i += 1; j += 1; }
      else if (i < before.length && (j === after.length || longest[i + 1][j] >= longest[i][j + 1])) { pieces.push(["drop", before[i]]); i += 1; }
      else { pieces.push(["add", after[j]]); j += 1; }
    }
    return pieces;
  }
  /* A profile as phrases: cut at commas outside parentheses, at ends of sentences and of lines. */
  const phrases = (text) => text.split(/,(?![^(]*\))\s*|(?<=[.!?])\s+|\n+/).map((one) => one.trim()).filter(Boolean);
  function shown(pieces) {
    const TAGS = { keep: "span", drop: "del.drop", add: "ins.add" };
    const line = el("p.profile");
    pieces.forEach(([what, text], place) => {
      const ended = place && /[.!?]$/.test(pieces[place - 1][1]);
      line.append(place ? (ended ? " " : ", ") : "", el(TAGS[what], text));
    });
    return line;
  }

  /* The contents are open where there is room; the theme is as the system's or the other one. */
  function dress() {
    const menu = document.querySelector("nav details");
    const wide = matchMedia("(min-width: 66rem)");
    const fit = () => { if (menu) menu.open = wide.matches; };
    fit();
    wide.addEventListener("change", fit);
    const turn = document.getElementById("theme");
    const order = ["system", "light", "dark"];
    const names = { system: "as the system", light: "light", dark: "dark" };
    let now = "system";
    try { now = localStorage.getItem("reproduce-theme") ?? now; } catch { /* not remembered */ }
    const apply = () => {
      if (now === "system") delete document.documentElement.dataset.theme;
      else document.documentElement.dataset.theme = now;
      turn.textContent = `Theme: ${names[now]}`;
    };
    turn.hidden = false;
    turn.onclick = () => {
      now = order[(order.indexOf(now) + 1) % 3];
      try { localStorage.setItem("reproduce-theme", now); } catch { /* some browsers forbid it on disk */ }
      apply();
    };
    apply();
  }
  dress();
  return { load, receive, unpack, el, fill, button, difference, phrases, shown };
})();
