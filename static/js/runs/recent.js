/** The short list of runs beside the shown one, newest first; each is a link that shows it. */

import { arrange, byId, element, setAttribute, setText } from "../dom.js";
import { counted, moment, spaced } from "../format.js";
import { runName } from "../labels.js";
import { metricText } from "../metrics.js";
import { routeTo } from "../route.js";
import { areSame } from "../same.js";
import { fillStatus } from "../status_pill.js";

const MOST_RECENT = 4;

/** @returns {(state: import("../reducer.js").State) => void} the view */
export function createRecentRuns() {
  /** @type {Map<string, any>} */
  const items = new Map();
  /** @type {unknown[]} */
  let shown = [];

  return (state) => {
    const inputs = [state.runs, state.labels, state.view, state.shownRunId, state.connection];
    if (areSame(inputs, shown)) return;
    shown = inputs;
    const { runs } = state;
    const list = (runs ?? []).slice(0, MOST_RECENT);
    for (const run of list) {
      if (!items.has(run.run_id)) items.set(run.run_id, createItem(run));
      update(items.get(run.run_id), run, state);
    }
    arrange(
      byId("recent-runs"),
      list.map((run) => items.get(run.run_id).item),
    );
    byId("recent-runs").hidden = list.length === 0;
    byId("recent-runs-empty").hidden = list.length > 0;
    setText(byId("recent-runs-empty"), runs === null ? "Loading…" : "Runs are listed here.");
    byId("recent-runs-all").hidden = list.length === 0;
    setText(byId("recent-runs-all"), `All ${counted(runs?.length ?? 0, "run")}`);
  };
}

function createItem(run) {
  const status = element("span", { class: "pill" });
  const figures = element("span", { class: "run-figures" });
  const name = element("span", { class: "run-name" });
  const detail = `${moment(run.created_at)} · ${spaced(run.gate.strategy)}`;
  const link = element(
    "a",
    { class: "run-link" },
    name,
    status,
    element("span", { class: "run-detail" }, detail),
    figures,
  );
  return { item: element("li", {}, link), link, name, status, figures };
}

function update({ link, name, status, figures }, run, state) {
  setAttribute(link, "href", routeTo(state, { runId: run.run_id }));
  setAttribute(link, "aria-current", run.run_id === state.shownRunId ? "true" : null);
  setText(name, runName(run, state.labels));
  setAttribute(link, "title", `${name.textContent} · ${run.run_id}`);
  fillStatus(status, run, state.connection);
  setText(figures, describeEpisodes(run));
}

function describeEpisodes({ episodes, last_reward: lastReward }) {
  const count = counted(episodes, "episode");
  return lastReward === null || lastReward === undefined
    ? count
    : `${count} · last reward ${metricText("reward", lastReward)}`;
}
