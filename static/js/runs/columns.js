/** The columns of the table of runs: what heads them and how they fill a cell. */

import { element, setAttribute, setText } from "../dom.js";
import { duration, minute, number } from "../format.js";
import { metricText } from "../metrics.js";
import { routeTo } from "../route.js";
import { fillStatus } from "../status_pill.js";

const MOST_SETTINGS = 3;
const MOST_TAGS = 2;

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
  { name: "status", head: "Status", fill: (cell, { run }, { connection }) => fillStatus(pillIn(cell), run, connection) },
  {
    name: "settings",
    head: "Differs from the defaults in",
    fill: fillSettings,
  },
  {
    name: "best",
    head: "Best validation Sharpe",
    title: "Annualised, and the highest of all its evaluations on the validation bars: the more there are, the higher by luck alone.",
    isNumber: true,
    fill: (cell, { best }) => setText(cell, metricText("sharpe", best)),
  },
  { name: "seed", head: "Seed", isNumber: true, fill: (cell, { run }) => setText(cell, number(run.config.seed)) },
  { name: "episodes", head: "Episodes", isNumber: true, fill: (cell, { run }) => setText(cell, number(run.episodes)) },
  {
    name: "duration",
    head: "Training time",
    title: "In which steps were taken: without pauses, and without the time between a stop and a resume.",
    isNumber: true,
    fill: (cell, { run }) => setText(cell, duration(run.progress?.active_s)),
  },
  { name: "started", head: "Started", fill: (cell, { run }) => setText(cell, minute(run.created_at)) },
  { name: "tags", head: "Tags", fill: fillTags },
  { name: "notes", head: "Notes", fill: fillNotes },
];

function fillName(cell, { run, name }, state) {
  const link = cell.querySelector("a") ?? cell.appendChild(element("a", { class: "run-cell" }));
  setText(link, name);
  setAttribute(link, "href", routeTo(state, { runId: run.run_id, view: { page: "run" } }));
  setAttribute(link, "title", `${name} · ${run.run_id}`);
}

function fillNotes(cell, { notes }) {
  const text = cell.querySelector("span") ?? cell.appendChild(element("span", { class: "notes-cell" }));
  setText(text, notes);
  setAttribute(text, "title", notes || null);
}

function pillIn(cell) {
  return cell.querySelector("span") ?? cell.appendChild(element("span", { class: "pill" }));
}

function fillSettings(cell, { highlights }) {
  const text = highlights.slice(0, MOST_SETTINGS).join(" · ");
  fillSome(cell, element("span", { class: "settings-cell" }, text), highlights, MOST_SETTINGS);
}

function fillTags(cell, { tags }) {
  const chips = tags.slice(0, MOST_TAGS).map((tag) => element("span", { class: "chip", title: tag }, tag));
  fillSome(cell, element("span", { class: "chips" }, ...chips), tags, MOST_TAGS);
}

/** The first of some texts, how many there are beside them, and all of them where the pointer rests. */
function fillSome(cell, shown, texts, most) {
  const title = texts.join("\n");
  if (cell.firstElementChild?.getAttribute("title") === title) return;
  const rest = texts.length - most;
  const more = rest > 0 ? element("span", { class: "chip-more" }, `+${rest}`) : null;
  cell.replaceChildren(element("span", { class: "some", title }, shown, more));
}
