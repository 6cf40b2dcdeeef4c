/** The table of finished episodes, newest first. Each row opens the inspector. */

import { fetchEpisodes } from "./api.js";
import { arrange, byId, element, setAttribute, setText } from "./dom.js";
import { number, phaseText } from "./format.js";
import { metricHelp, metricText } from "./metrics.js";
import { isCutShort } from "./records.js";
import { createRunMessage } from "./run_message.js";
import { areSame } from "./same.js";
import { isActive } from "./standing.js";

const FIRST_ROWS = 200;
const MORE_ROWS = 500;

/** The columns behind the episode's number, in order. */
const COLUMNS = [
  { head: "Phase", cell: phaseCell },
  { head: "Steps", cell: stepsCell },
  ...[
    ["reward", "Reward"],
    ["sharpe", "Sharpe"],
    ["trades", "Trades"],
    ["alpha", "Alpha"],
    ["action_std", "Action std"],
    ["final_equity", "Final equity"],
  ].map(([name, head]) => ({ name, head, cell: (episode) => metricText(name, episode[name]) })),
];

/**
 * @param {{ state: import("./reducer.js").State, dispatch: (action: any) => void, invalidate: () => void }} store
 * @param {(episode: number) => void} onOpen
 * @returns {(state: import("./reducer.js").State) => void} the view
 */
export function createEpisodesTable(store, onOpen) {
  /** @type {Map<any, any>} */
  let rows = new Map();
  /** @type {unknown[]} */
  let shown = [];
  /** @type {string | null} */
  let runId = null;
  let limit = FIRST_ROWS;
  const problem = createRunMessage();
  const heads = COLUMNS.map(({ head }) => headCell(head));
  byId("episodes-head").replaceChildren(headCell("Episode"), ...heads);
  byId("episodes-more").addEventListener("click", showMore);

  /** Shows those that are known at once, and asks for the ones that are not. */
  async function showMore() {
    const { run, older, episodes, shownRunId } = store.state;
    const missing = missingEpisodes(limit + MORE_ROWS, older.length + episodes.length, run?.episodes ?? 0);
    limit += MORE_ROWS;
    problem.tell(shownRunId, "");
    store.invalidate();
    if (missing === null) return;
    byId("episodes-more").disabled = true;
    try {
      const added = await fetchEpisodes(String(shownRunId), missing.after, missing.upTo);
      store.dispatch({ type: "older", runId: shownRunId, episodes: added });
    } catch (/** @type {any} */ error) {
      problem.tell(shownRunId, error.message);
      store.invalidate();
    } finally {
      byId("episodes-more").disabled = false;
    }
  }

  function fill(known, total, failure) {
    const visible = known.slice(-Math.min(limit, known.length || 1)).reverse();
    rows = new Map(visible.map((episode) => [episode, rows.get(episode) ?? createRow(episode, onOpen)]));
    arrange(byId("episodes-body"), [...rows.values()]);
    const rest = total - visible.length;
    byId("episodes-more").hidden = rest <= 0;
    setText(byId("episodes-more"), `Show ${number(Math.min(rest, MORE_ROWS))} more`);
    const count = rest > 0 && visible.length > 0 ? `Newest ${number(visible.length)} of ${number(total)} episodes.` : "";
    setText(byId("episodes-count"), [count, failure].filter(Boolean).join(" "));
    byId("episodes-empty").hidden = known.length > 0;
    byId("episodes-scroll").hidden = known.length === 0;
  }

  function explain(/** @type {any[]} */ metrics) {
    COLUMNS.forEach(({ name }, index) => {
      const metric = metrics.find((one) => one.name === name);
      setAttribute(heads[index], "title", metric && metricHelp(metric));
    });
  }

  return ({ episodes, older, run, shownRunId, catalog }) => {
    explain(catalog?.metrics ?? []);
    setAttribute(byId("episodes"), "data-growing", isActive(run));
    if (shownRunId !== runId) limit = FIRST_ROWS;
    runId = shownRunId;
    const failure = problem.of(shownRunId);
    const inputs = [episodes, older, limit, run?.episodes, failure];
    if (areSame(inputs, shown)) return;
    shown = inputs;
    fill([...older, ...episodes], Math.max(run?.episodes ?? 0, episodes.length), failure);
  };
}

/**
 * Which episodes must be asked for before so many of the newest ones can be listed; null where they are all known.
 * @param {number} wanted
 * @param {number} known  the newest ones
 * @param {number} total
 * @returns {{ after: number, upTo: number } | null}
 */
export function missingEpisodes(wanted, known, total) {
  const missing = Math.min(wanted, total) - known;
  return missing > 0 ? { after: total - known - missing, upTo: total - known } : null;
}

function headCell(text) {
  return element("th", { scope: "col" }, text);
}

function createRow(episode, onOpen) {
  const open = element("button", { type: "button", class: "row-button" }, String(episode.episode));
  setAttribute(open, "aria-label", `Inspect episode ${episode.episode}`);
  const cells = COLUMNS.map(({ cell }) => element("td", {}, cell(episode)));
  const row = element("tr", { "data-phase": episode.phase }, element("th", { scope: "row" }, open), ...cells);
  row.addEventListener("click", () => onOpen(episode.episode));
  return row;
}

function phaseCell({ phase, gated_steps: gatedSteps, steps }) {
  const isMixed = gatedSteps > 0 && gatedSteps < steps;
  const title = isMixed ? `${number(gatedSteps)} of ${number(steps)} steps were gated` : null;
  return element("span", { class: "phase", "data-phase": phase, title }, phaseText(phase));
}

function stepsCell(episode) {
  const steps = number(episode.steps);
  if (!isCutShort(episode)) return steps;
  const title = "The run ended within this episode. Its figures are of fewer bars than those of the others.";
  return element("span", { title }, `${steps} `, element("small", { class: "muted" }, "cut short"));
}
