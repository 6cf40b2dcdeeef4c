/** The title of the browser's tab: what one wants to know of the page while another one is in front of it. */

import { number, share } from "./format.js";
import { runName } from "./labels.js";
import { isActive } from "./standing.js";

const EVERY_MS = 1_000;
const PAGES = { runs: "All runs", compare: "Compare" };

/**
 * @typedef {import("./reducer.js").State} State
 * @param {{ state: State, listen: (listener: (state: State) => void) => void }} store  listened to, since a hidden page
 *   draws no frames
 * @param {(state: State) => number} countAlerts
 */
export function createPageTitle(store, countAlerts) {
  let timer = 0;

  function write() {
    timer = 0;
    const title = titleText(store.state, countAlerts(store.state));
    if (document.title !== title) document.title = title;
  }
  store.listen(() => {
    if (timer === 0) timer = setTimeout(write, EVERY_MS);
  });
}

/**
 * "(2) 62 % · sp500 · seed 0 – Warmgate".
 * @param {Pick<State, "view" | "run" | "labels">} state
 * @param {number} alerts  that call for attention
 * @returns {string}
 */
export function titleText({ view, run, labels }, alerts) {
  const page = PAGES[view.page] ?? (run === null ? "" : [...progressText(run), runName(run, labels)].join(" · "));
  const count = alerts > 0 ? `(${number(alerts)}) ` : "";
  return count + [page, "Warmgate"].filter(Boolean).join(" – ");
}

function progressText(run) {
  const { status, progress, config } = run;
  const done = share(progress?.step ?? 0, config.total_steps);
  return [status !== "running" && status, isActive(run) && done].filter(Boolean);
}
