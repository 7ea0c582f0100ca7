"use strict";
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const heads = table.tHead.rows[0].cells;
  for (const head of heads) {
    const kind = head.dataset.kind;
    if (!kind) continue;
    const button = document.createElement("button");
    button.type = "button";
    while (head.firstChild) button.append(head.firstChild);
    head.append(button);
    button.addEventListener("click", () => {
      const column = head.cellIndex;
      const now = head.getAttribute("aria-sort");
      const way = now === "descending" ? "ascending" : now === "ascending" ? "none" : kind === "number" ? "descending" : "ascending";
      const next = now === null && kind === "text" ? "ascending" : now === "ascending" && kind === "text" ? "descending" : now === "descending" && kind === "text" ? "none" : way;
      for (const other of heads) other.removeAttribute("aria-sort");
      if (next !== "none") head.setAttribute("aria-sort", next);
      for (const body of table.tBodies) {
        const rows = [...body.rows].filter((row) => !row.classList.contains("group"));
        rows.forEach((row, place) => { if (row.dataset.place === undefined) row.dataset.place = place; });
        const key = (row) => {
          const cell = row.cells[column];
          const text = cell.dataset.sort ?? (kind === "number" ? "" : cell.textContent.trim());
          return kind === "number" ? (text === "" ? null : Number(text)) : text;
        };
        rows.sort((one, two) => {
          const order = row_order(one, two);
          if (next === "none") return order;
          const a = key(one), b = key(two);
          if (a === null || b === null) return a === b ? order : a === null ? 1 : -1;
          const sign = next === "ascending" ? 1 : -1;
          const difference = kind === "number" ? a - b : a.localeCompare(b, document.documentElement.lang);
          return sign * difference || order;
        });
        for (const row of rows) body.append(row);
      }
    });
  }
}
function row_order(one, two) { return one.dataset.place - two.dataset.place; }
let closed = [];
addEventListener("beforeprint", () => {
  closed = [...document.querySelectorAll("details:not([open])")];
  for (const each of closed) each.open = true;
});
addEventListener("afterprint", () => { for (const each of closed) each.open = false; });
