/** The list of all runs, newest first; each is a link that shows it. */

import { arrange, byId, element, setAttribute, setText } from "./dom.js";
import { counted, moment } from "./format.js";
import { metricText } from "./metrics.js";
import { writeRoute } from "./route.js";

/** @returns {(state: import("./reducer.js").State) => void} the view */
export function createRunsList() {
  /** @type {Map<string, any>} */
  const items = new Map();
  /** @type {unknown[]} */
  let shown = [];

  return ({ runs, shownRunId }) => {
    if (shown[0] === runs && shown[1] === shownRunId) return;
    shown = [runs, shownRunId];
    const list = runs ?? [];
    for (const run of list) {
      if (!items.has(run.run_id)) items.set(run.run_id, createItem(run));
      update(items.get(run.run_id), run, run.run_id === shownRunId);
    }
    arrange(
      byId("runs"),
      list.map((run) => items.get(run.run_id).item),
    );
    byId("runs").hidden = list.length === 0;
    byId("runs-empty").hidden = list.length > 0;
    setText(byId("runs-empty"), runs === null ? "Loading…" : "Every run is kept and listed here.");
  };
}

function createItem(run) {
  const status = element("span", { class: "pill" });
  const figures = element("span", { class: "run-figures" });
  const name = element("span", { class: "run-name" }, `${run.config.dataset} · seed ${run.config.seed}`);
  const detail = `${moment(run.created_at)} · ${run.gate.strategy.replaceAll("_", " ")}`;
  const link = element(
    "a",
    { href: writeRoute(run.run_id), class: "run-link", title: run.run_id },
    name,
    status,
    element("span", { class: "run-detail" }, detail),
    figures,
  );
  return { item: element("li", {}, link), link, status, figures };
}

function update({ link, status, figures }, run, isShown) {
  setText(status, run.status);
  setAttribute(status, "data-status", run.status);
  setAttribute(link, "aria-current", isShown ? "true" : null);
  setText(figures, describeEpisodes(run));
}

function describeEpisodes({ episodes, last_reward: lastReward }) {
  const count = counted(episodes, "episode");
  return lastReward === null || lastReward === undefined
    ? count
    : `${count} · last reward ${metricText("reward", lastReward)}`;
}
