/** The table of finished episodes, newest first. Each row opens the inspector. */

import { arrange, byId, element, setAttribute } from "./dom.js";
import { number } from "./format.js";
import { metricText } from "./metrics.js";

const FIRST_ROWS = 200;
const PHASES = { warmup: "warm-up", learning: "learning" };

/** The columns behind the episode's number, in order. */
const COLUMNS = [
  { head: "Phase", cell: phaseCell },
  { head: "Steps", cell: (episode) => number(episode.steps) },
  ...[
    ["reward", "Reward"],
    ["sharpe", "Sharpe"],
    ["trades", "Trades"],
    ["alpha", "Alpha"],
    ["action_std", "Action std"],
    ["final_equity", "Final equity"],
  ].map(([name, head]) => ({ head, cell: (episode) => metricText(name, episode[name]) })),
];

/** @param {(episode: number) => void} onOpen */
export function createEpisodesTable(onOpen) {
  /** @type {Map<any, any>} */
  let rows = new Map();
  /** @type {unknown} */
  let shown = null;
  let limit = FIRST_ROWS;
  byId("episodes-head").replaceChildren(...["Episode", ...COLUMNS.map(({ head }) => head)].map(headCell));
  byId("episodes-more").addEventListener("click", () => {
    limit = Infinity;
    fill(/** @type {any[]} */ (shown));
  });

  function fill(episodes) {
    const visible = episodes.slice(-Math.min(limit, episodes.length || 1)).reverse();
    rows = new Map(visible.map((episode) => [episode, rows.get(episode) ?? createRow(episode, onOpen)]));
    arrange(byId("episodes-body"), [...rows.values()]);
    const more = byId("episodes-more");
    more.hidden = visible.length === episodes.length;
    more.textContent = `Show all ${number(episodes.length)} episodes`;
    byId("episodes-empty").hidden = episodes.length > 0;
    byId("episodes-scroll").hidden = episodes.length === 0;
  }

  return (/** @type {import("./reducer.js").State} */ { episodes }) => {
    if (episodes === shown) return;
    shown = episodes;
    fill(episodes);
  };
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
  return element("span", { class: "phase", "data-phase": phase, title }, PHASES[phase]);
}
