"use strict";
// Everything can be read without this: it sorts, filters and saves tables, and tells the values of figures.
const words = JSON.parse(document.body.dataset.words);
const language = document.documentElement.lang;
const fill = (pattern, ...values) => values.reduce((text, value) => text.replace("{}", () => value), pattern);

function make(tag, attributes, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

const voice = make("p", { class: "hidden", role: "status" });
document.body.append(voice);

// Tables: order

for (const table of document.querySelectorAll("table[data-sortable]")) {
  for (const head of table.tHead.rows[0].cells) {
    if (!head.dataset.kind) continue;
    const button = make("button", { type: "button" });
    button.append(...head.childNodes);
    head.append(button);
  }
}

const nextOrder = {
  number: { null: "descending", descending: "ascending", ascending: "none" },
  text: { null: "ascending", ascending: "descending", descending: "none" },
};

function sortBy(head) {
  const table = head.closest("table"), kind = head.dataset.kind, column = head.cellIndex;
  const order = nextOrder[kind][head.getAttribute("aria-sort")];
  for (const other of table.tHead.rows[0].cells) other.removeAttribute("aria-sort");
  if (order !== "none") head.setAttribute("aria-sort", order);
  const sign = order === "ascending" ? 1 : -1;
  for (const body of table.tBodies) {
    const rows = rowsOf(body);
    rows.forEach((row, place) => { row.dataset.place ??= place; });
    const keyed = rows.map((row) => ({ row, place: Number(row.dataset.place), key: sortKey(row.cells[column], kind) }));
    keyed.sort((one, two) => {
      if (order === "none") return one.place - two.place;
      // what is missing stands last either way
      if (one.key === null || two.key === null) return (one.key === null) - (two.key === null) || one.place - two.place;
      const apart = kind === "number" ? one.key - two.key : one.key.localeCompare(two.key, language);
      return sign * apart || one.place - two.place;
    });
    body.append(...keyed.map((each) => each.row));
  }
  const pattern = { ascending: words.sorted_up, descending: words.sorted_down, none: words.sorted_not }[order];
  voice.textContent = fill(pattern, head.textContent.trim());
}

function rowsOf(body) {
  return [...body.rows].filter((row) => !row.classList.contains("group"));
}

function sortKey(cell, kind) {
  if (kind === "number") return cell.dataset.sort === undefined ? null : Number(cell.dataset.sort);
  return cell.dataset.sort ?? cell.textContent.trim();
}

// Tables: only the rows that hold some words

const LONG = 25;
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").replaceAll("−", "-").toLocaleLowerCase(language);

function addFilter(box) {
  const table = box.querySelector("table");
  const count = [...table.tBodies].reduce((sum, body) => sum + rowsOf(body).length, 0);
  if (count < LONG) return;
  const field = make("input", { type: "search", autocomplete: "off", spellcheck: "false" });
  const said = make("output", { role: "status" });
  field.addEventListener("input", () => {
    const wanted = plain(field.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const body of table.tBodies) {
      const group = body.querySelector("tr.group");
      const about = group ? plain(group.textContent) + " " : "";
      let here = 0;
      for (const row of rowsOf(body)) {
        const text = about + plain(row.textContent);
        row.hidden = !wanted.every((word) => text.includes(word));
        if (!row.hidden) here += 1;
      }
      if (group) group.hidden = here === 0;
      shown += here;
    }
    said.textContent = wanted.length ? fill(words.filtered, shown, count) : "";
  });
  box.before(make("div", { class: "tools" }, make("label", {}, words.filter + " ", field), said));
}

// Tables: as a file

function csvCell(text, isNumber) {
  // a spreadsheet would run a text that begins like a formula
  if (!isNumber && /^[=+\-@\t\r]/.test(text)) text = "'" + text;
  return /[",\r\n;]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const asNumber = (text) => text.trim().replaceAll("−", "-").replace(/[\u202f\u00a0\u2009]/g, "").replace(/^\+/, "");
const looksNumeric = (text) => /^-?\d+(\.\d+)?(e[+-]?\d+)?$/i.test(text);

function shownText(node) {
  const copy = node.cloneNode(true);
  for (const each of copy.querySelectorAll("[aria-hidden], .second, sup")) each.remove();
  return copy.textContent.replace(/\s+/g, " ").trim();
}

function csvOf(table) {
  const heads = [...table.tHead.rows[0].cells].map((head) => ({
    label: head.textContent.trim(), kind: head.dataset.kind ?? "", ends: "ends" in head.dataset, second: head.dataset.second,
    spark: head.classList.contains("spark"),
  }));
  const grouped = [...table.tBodies].some((body) => body.querySelector("tr.group"));
  const seconds = heads.map((head, place) => head.second
    ?? (table.querySelector(`tbody tr:not(.group) > :nth-child(${place + 1}) .second`) ? `${head.label} (2)` : ""));
  const first = grouped ? [words.group] : [];
  heads.forEach((head, place) => {
    if (head.spark) return;
    if (head.ends) first.push(fill(words.lower, head.label), fill(words.upper, head.label));
    else first.push(head.label);
    if (seconds[place]) first.push(seconds[place]);
  });
  const lines = [first.map((text) => csvCell(text, false))];
  for (const body of table.tBodies) {
    const title = body.querySelector("tr.group b")?.textContent ?? "";
    for (const row of rowsOf(body)) {
      const line = grouped ? [csvCell(title, false)] : [];
      [...row.cells].forEach((cell, place) => {
        const head = heads[place];
        if (head.spark) return;
        if (head.ends) {
          const ends = (shownText(cell).match(/[+−-]?\d+(\.\d+)?/g) ?? []).map(asNumber);
          line.push(...(ends.length === 2 ? ends : ["", ""]));
        } else {
          const text = shownText(cell);
          const number = head.kind === "number" && cell.dataset.sort !== undefined && !cell.querySelector(".breadth, [aria-hidden]") ? cell.dataset.sort : asNumber(text);
          line.push(looksNumeric(number) && head.kind === "number" ? number : csvCell(text, false));
        }
        if (seconds[place]) line.push(csvCell(cell.querySelector(".second")?.textContent.trim() ?? "", false));
      });
      lines.push(line);
    }
  }
  return "\ufeff" + lines.map((line) => line.join(",") + "\r\n").join("");
}

function save(table) {
  const address = URL.createObjectURL(new Blob([csvOf(table)], { type: "text/csv;charset=utf-8" }));
  make("a", { href: address, download: `${document.body.dataset.stem}-${table.id.replace(/-full$/, "")}.csv` }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

for (const place of document.querySelectorAll(".table, details.numbers")) {
  const boxes = place.querySelectorAll(".box");
  const whole = boxes[boxes.length - 1];
  if (!whole) continue;
  const table = whole.querySelector("table");
  const title = place.querySelector(".title")?.textContent ?? place.closest("figure")?.querySelector(".title")?.textContent ?? table.id;
  const button = make("button", { type: "button", class: "save", "data-of": table.id, "aria-label": fill(words.download_label, title) }, words.download);
  if (place.matches("details")) whole.before(make("div", { class: "tools" }, button));
  else place.querySelector(".caption").prepend(button);
  addFilter(whole);
}

addEventListener("click", (event) => {
  const button = event.target.closest?.("button");
  if (button?.classList.contains("save")) save(document.getElementById(button.dataset.of));
  else if (button?.closest("thead")) sortBy(button.closest("th"));
});

// Figures: what a part of a drawing shows, for a pointer, a finger, and the arrow keys

const tip = make("div", { class: "tip", "aria-hidden": "true", hidden: "" });
const light = make("div", { class: "light", "aria-hidden": "true", hidden: "" });
document.body.append(tip);
const known = new WeakMap();

function spotsOf(svg) {
  if (!known.has(svg)) {
    known.set(svg, (svg.dataset.spots ?? "").split(" ").filter(Boolean).map((spot) => {
      const [x, y, width, height, line] = spot.split(",").map(Number);
      return { svg, x, y, width, height, line };
    }));
  }
  return known.get(svg);
}

const visibleSpots = (plot) => [...plot.querySelectorAll("svg")].filter((svg) => svg.getClientRects().length).flatMap(spotsOf);

function rectangleOf(spot) {
  const box = spot.svg.getBoundingClientRect(), scale = box.width / spot.svg.viewBox.baseVal.width || 1;
  return { left: box.left + spot.x * scale, top: box.top + spot.y * scale, width: spot.width * scale, height: spot.height * scale };
}

function tell(plot, spot) {
  const at = rectangleOf(spot), inside = plot.getBoundingClientRect();
  Object.assign(light.style, { left: `${at.left - inside.left}px`, top: `${at.top - inside.top}px`, width: `${at.width}px`, height: `${at.height}px` });
  if (light.parentNode !== plot) plot.append(light);
  tip.textContent = linesOf(plot)[spot.line];
  light.hidden = tip.hidden = false;
  const middle = at.left + at.width / 2 - tip.offsetWidth / 2;
  const above = at.top - tip.offsetHeight, most = document.documentElement.clientWidth - tip.offsetWidth - 8;
  tip.style.left = `${Math.max(8, Math.min(middle, most))}px`;
  tip.style.top = `${above > 8 ? above : Math.min(at.top + at.height, innerHeight - tip.offsetHeight - 8)}px`;
}

const linesOf = (plot) => plot.dataset.values.split("\n");
function quiet() { light.hidden = tip.hidden = true; }

function point(event) {
  const plot = event.target.closest?.(".plot[data-values]");
  if (!plot) { if (!event.target.closest?.(".tip")) quiet(); return; }
  const spot = visibleSpots(plot).find((each) => {
    const at = rectangleOf(each), x = event.clientX - at.left, y = event.clientY - at.top;
    return x >= 0 && y >= 0 && x < at.width && y < at.height;
  });
  if (spot) tell(plot, spot); else quiet();
}

for (const plot of document.querySelectorAll(".plot[data-values]")) {
  const title = plot.closest("figure").querySelector(".title").textContent;
  const lines = linesOf(plot);
  const reader = make("div", {
    class: "reader", role: "slider", tabindex: "0", "aria-label": fill(words.values, title),
    "aria-valuemin": "1", "aria-valuemax": String(lines.length), "aria-valuenow": "1", "aria-valuetext": lines[0],
  });
  reader.addEventListener("keydown", (event) => step(plot, reader, event));
  reader.addEventListener("focus", () => { if (reader.matches(":focus-visible")) read(plot, reader, Number(reader.getAttribute("aria-valuenow")) - 1); });
  reader.addEventListener("blur", quiet);
  plot.append(reader);
}

function read(plot, reader, place) {
  const spots = visibleSpots(plot), at = Math.max(0, Math.min(place, spots.length - 1));
  if (!spots.length) return;
  reader.setAttribute("aria-valuemax", spots.length);
  reader.setAttribute("aria-valuenow", at + 1);
  reader.setAttribute("aria-valuetext", linesOf(plot)[spots[at].line]);
  const rectangle = rectangleOf(spots[at]);
  if (rectangle.top < 80 || rectangle.top + rectangle.height > innerHeight) scrollBy(0, rectangle.top - innerHeight / 3);
  tell(plot, spots[at]);
}

function step(plot, reader, event) {
  const now = Number(reader.getAttribute("aria-valuenow")) - 1;
  const next = { ArrowRight: now + 1, ArrowDown: now + 1, ArrowLeft: now - 1, ArrowUp: now - 1, Home: 0, End: Infinity,
    PageDown: now + 10, PageUp: now - 10 }[event.key];
  if (next === undefined) return;
  event.preventDefault();
  read(plot, reader, next);
}

addEventListener("pointermove", (event) => { if (event.pointerType === "mouse") point(event); }, { passive: true });
addEventListener("pointerdown", point, { passive: true });
addEventListener("keydown", (event) => { if (event.key === "Escape") quiet(); });
addEventListener("scroll", () => { if (!tip.hidden && !document.activeElement?.classList.contains("reader")) quiet(); }, { passive: true });

// a column's explanation, which a mouse finds as a title, for those who come by keys
addEventListener("focusin", (event) => {
  const short = event.target.matches?.("thead button") && event.target.querySelector("abbr[title]");
  if (!short) { if (!event.target.closest?.(".reader")) quiet(); return; }
  const at = short.getBoundingClientRect();
  tip.textContent = short.title;
  tip.hidden = false;
  tip.style.left = `${Math.max(8, Math.min(at.left, document.documentElement.clientWidth - tip.offsetWidth - 8))}px`;
  tip.style.top = `${at.top - tip.offsetHeight - 6}px`;
});

// Paper shows everything

let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const each of closed) each.open = true;
});
addEventListener("afterprint", () => { for (const each of closed) each.open = false; });
