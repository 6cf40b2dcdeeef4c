/** The table of runs as plain values: one row a run, those that are wanted, in the wanted order. Knows no DOM. */

import { NO_LABEL, runName } from "../labels.js";
import { conditionOf } from "./find.js";
import { changedNames, highlights, settingsOf } from "./settings.js";

/**
 * @typedef {object} Row
 * @property {import("../reducer.js").Run} run
 * @property {string} name
 * @property {string[]} tags
 * @property {string} notes
 * @property {string[]} highlights  settings that were not at their defaults all the time, those of few runs first
 * @property {Record<string, any>} settings  as `settingsOf` gives them
 * @property {string} names  all that those settings are called, to be found by
 * @property {number | null} best   the best validation Sharpe ratio
 */

/** What the table can be sorted by: a number or a text of each row; null comes last in either direction. */
const SORT_KEYS = {
  name: ({ name }) => name.toLowerCase(),
  status: ({ run }) => run.status,
  settings: (row) => row.highlights.join(" "),
  best: ({ best }) => best,
  seed: ({ run }) => run.config.seed,
  episodes: ({ run }) => run.episodes,
  duration: ({ run }) => run.progress?.active_s ?? null,
  started: ({ run }) => run.created_at,
  tags: ({ tags }) => tags.join(" ").toLowerCase() || null,
  notes: ({ notes }) => notes.toLowerCase() || null,
};

const HIGHEST_FIRST = new Set(["best", "episodes", "duration", "started"]);

/**
 * One row for each listed run, in the list's order.
 * @param {Pick<import("../reducer.js").State, "runs" | "labels" | "best" | "catalog">} state
 * @returns {Row[]}
 */
export function rowsOf({ runs, labels, best, catalog }) {
  const parameters = catalog?.parameters ?? [];
  const settings = (runs ?? []).map(settingsOf);
  const all = settings.map((own) => highlights(own, parameters));
  const counts = new Map();
  for (const text of all.flat()) counts.set(text, (counts.get(text) ?? 0) + 1);
  return (runs ?? []).map((run, index) => {
    const { tags, notes } = labels[run.run_id] ?? NO_LABEL;
    return {
      run,
      name: runName(run, labels),
      tags: [...tags],
      notes,
      highlights: all[index].sort((a, b) => counts.get(a) - counts.get(b)),
      settings: settings[index],
      names: changedNames(settings[index], parameters),
      best: best[run.run_id] ?? null,
    };
  });
}

/**
 * Those that have all that `find` asks for, and the status, if one is wanted.
 * @param {Row[]} rows
 * @param {{ find: string, status: string }} view
 * @param {import("../parameters.js").Parameter[]} parameters  that `find` may name
 * @returns {Row[]}
 */
export function wanted(rows, { find, status }, parameters) {
  const isFound = conditionOf(find, parameters);
  return rows.filter((row) => (status === "" || row.run.status === status) && isFound(row));
}

/**
 * @param {Row[]} rows
 * @param {string} sort  a column's name, with "-" in front for the highest first
 * @returns {Row[]}
 */
export function sorted(rows, sort) {
  const isDescending = sort.startsWith("-");
  const key = SORT_KEYS[sort.replace(/^-/, "")] ?? SORT_KEYS.started;
  const keyed = rows.map((row) => ({ row, value: key(row) }));
  return keyed.sort((a, b) => compare(a.value, b.value, isDescending ? -1 : 1)).map(({ row }) => row);
}

/**
 * What a press on the head of a column makes of the order: the best or the newest first, then the other way round.
 * @param {string} sort
 * @param {string} column
 * @returns {string}
 */
export function turned(sort, column) {
  const [first, second] = HIGHEST_FIRST.has(column) ? [`-${column}`, column] : [column, `-${column}`];
  return sort === first ? second : first;
}

/** The order of two keys; what is undefined comes last. */
function compare(a, b, direction) {
  if (a === b) return 0;
  if (a === null) return 1;
  if (b === null) return -1;
  return a < b ? -direction : direction;
}
