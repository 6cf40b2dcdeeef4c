/** The columns of the table of runs: what heads them and how they fill a cell. */

import { element, setAttribute, setText } from "../dom.js";
import { duration, minute, number, secondsBetween } from "../format.js";
import { metricText } from "../metrics.js";
import { routeTo } from "../route.js";

const MOST_CHIPS = 3;

/**
 * @typedef {import("./rows.js").Row} Row
 * @typedef {object} Column
 * @property {string} name   what the table is sorted by
 * @property {string} head
 * @property {string} [title]
 * @property {boolean} [isNumber]
 * @property {(cell: any, row: Row, state: import("../reducer.js").State) => void} fill
 */

/** @type {Column[]} */
export const COLUMNS = [
  { name: "name", head: "Run", fill: fillName },
  {
    name: "status",
    head: "Status",
    fill: (cell, { run }) => pill(cell, run.status),
  },
  {
    name: "settings",
    head: "Differs from the defaults in",
    fill: (cell, { highlights }) => chips(cell, highlights),
  },
  {
    name: "best",
    head: "Best validation\u00a0Sharpe",
    title: "The highest of all its evaluations on the validation bars: the more there are, the higher by luck alone.",
    isNumber: true,
    fill: (cell, { best }) => setText(cell, metricText("sharpe", best)),
  },
  { name: "seed", head: "Seed", isNumber: true, fill: (cell, { run }) => setText(cell, number(run.config.seed)) },
  { name: "episodes", head: "Episodes", isNumber: true, fill: (cell, { run }) => setText(cell, number(run.episodes)) },
  {
    name: "duration",
    head: "Duration",
    isNumber: true,
    fill: (cell, { run }) => setText(cell, duration(secondsBetween(run.created_at, run.ended_at, Date.now()))),
  },
  { name: "started", head: "Started", fill: (cell, { run }) => setText(cell, minute(run.created_at)) },
  { name: "tags", head: "Tags", fill: (cell, { tags }) => chips(cell, tags) },
  { name: "notes", head: "Notes", fill: fillNotes },
];

function fillName(cell, { run, name }, state) {
  const link = cell.querySelector("a") ?? cell.appendChild(element("a", { class: "run-cell" }));
  setText(link, name);
  setAttribute(link, "href", routeTo(state, { runId: run.run_id, view: { page: "run" } }));
  setAttribute(link, "title", run.run_id);
}

function fillNotes(cell, { notes }) {
  const text = cell.querySelector("span") ?? cell.appendChild(element("span", { class: "notes-cell" }));
  setText(text, notes);
  setAttribute(text, "title", notes || null);
}

function pill(cell, status) {
  const node = cell.querySelector("span") ?? cell.appendChild(element("span", { class: "pill" }));
  setText(node, status);
  setAttribute(node, "data-status", status);
}

function chips(cell, texts) {
  const shown = texts.slice(0, MOST_CHIPS).map((text) => element("span", { class: "chip" }, text));
  const rest = texts.slice(MOST_CHIPS);
  if (rest.length > 0) shown.push(element("span", { class: "chip-more", title: rest.join("\n") }, `+${rest.length}`));
  cell.replaceChildren(element("span", { class: "chips" }, ...shown));
}
