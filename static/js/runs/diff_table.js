/** The settings in which the selected runs differ, as a table: a row for each, a column for each run. */

import { element, setText } from "../dom.js";
import { runName } from "../labels.js";
import { areSame } from "../same.js";
import { comparedRuns } from "../selection.js";
import { differences, settingsOf } from "./settings.js";

/**
 * @param {HTMLElement} container  holds a <table> and a paragraph for when there is nothing to show
 * @returns {(state: import("../reducer.js").State) => void} the view
 */
export function createDiffTable(container) {
  const table = /** @type {HTMLTableElement} */ (container.querySelector("table"));
  const note = /** @type {HTMLElement} */ (container.querySelector(".diff-note"));
  /** @type {unknown[]} */
  let shown = [];

  return (state) => {
    const runs = comparedRuns(state);
    const inputs = [state.labels, state.catalog, runs.length, ...runs.flatMap(({ config, changes }) => [config, changes])];
    if (areSame(inputs, shown)) return;
    shown = inputs;
    container.hidden = runs.length < 2;
    if (runs.length < 2) return;
    const rows = differences(runs.map(settingsOf), state.catalog?.parameters ?? []);
    setText(note, rows.length === 0 ? "These runs have the same settings." : firstIsReference(runs, state));
    table.hidden = rows.length === 0;
    table.tHead?.replaceChildren(createHead(runs, state));
    table.tBodies[0].replaceChildren(...rows.map(createRow));
  };
}

function firstIsReference(runs, { labels }) {
  return `Only the settings in which they differ. Marked is what is not as in “${runName(runs[0], labels)}”.`;
}

function createHead(runs, { labels }) {
  const names = runs.map((run) => createName(run, runName(run, labels)));
  return element("tr", {}, element("th", { scope: "col" }, "Setting"), ...names);
}

function createName(run, name) {
  return element("th", { scope: "col", title: `${name} · ${run.run_id}` }, element("span", { class: "diff-name" }, name));
}

function createRow({ parameter, texts, values }) {
  const cells = texts.map((text, index) => element("td", { "data-differs": values[index] !== values[0] }, text));
  return element("tr", {}, element("th", { scope: "row", title: parameter.help }, parameter.label), ...cells);
}
