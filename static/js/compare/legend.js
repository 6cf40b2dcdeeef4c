/** The key to the compared curves: a line for each run or group, with its newest value and ways to it. */

import { curveOf } from "../curves/curve.js";
import { arrange, byId, element, setAttribute, setText } from "../dom.js";
import { metricTextWithUnit } from "../metrics.js";
import { SERIES } from "../plot.js";
import { routeTo } from "../route.js";
import { settingsOf } from "../runs/settings.js";
import { withSelected } from "../view.js";
import { bandNote, bySettings, groupNames } from "./groups.js";

/**
 * @param {{ state: import("../reducer.js").State, dispatch: (action: any) => void }} store
 * @returns {(state: import("../reducer.js").State, members: import("./figure.js").Member[],
 *   metric: import("./metrics.js").ComparedMetric) => void}
 */
export function createLegend(store) {
  /** @type {Map<string, any>} */
  const items = new Map();

  function itemOf(/** @type {string} */ runId) {
    if (!items.has(runId))
      items.set(
        runId,
        createItem(() => unselect(runId)),
      );
    return items.get(runId);
  }

  function unselect(/** @type {string} */ runId) {
    const { selected } = withSelected(store.state.view, runId, false);
    store.dispatch({ type: "view", change: { selected } });
  }

  return (state, members, metric) => {
    const groups = state.view.isGrouped ? bySettings(members) : members.map((member) => [member]);
    const settings = groups.map(([{ run }]) => settingsOf(run));
    const names = groupNames(settings, state.catalog?.parameters ?? []);
    setText(byId("compare-band"), state.view.isGrouped ? bandNote(groups) : "");
    groups.forEach((group, index) =>
      group.forEach((member) => update(itemOf(member.run.run_id), member, index, names[index], state, metric)),
    );
    arrange(
      byId("compare-legend"),
      groups.flat().map(({ run }) => itemOf(run.run_id).node),
    );
  };
}

function createItem(onRemove) {
  const mark = element("span", { class: "line-mark", "aria-hidden": "true" });
  const link = element("a", { class: "legend-name" });
  const detail = element("span", { class: "muted" });
  const value = element("output", { class: "legend-value" });
  const remove = element("button", { type: "button", class: "quiet" }, "✕");
  remove.addEventListener("click", onRemove);
  return { node: element("li", {}, mark, link, detail, value, remove), mark, link, detail, value, remove };
}

function update(item, { run, name, tracked }, index, groupName, state, metric) {
  const last = curveOf(tracked, metric.key).value.findLast((value) => value !== null);
  setAttribute(item.mark, "data-series", index % SERIES);
  setAttribute(item.mark, "data-dash", Math.floor(index / SERIES) % 3);
  setText(item.link, name);
  setAttribute(item.link, "href", routeTo(state, { runId: run.run_id, view: { page: "run" } }));
  setText(item.detail, tracked.problem?.message || [run.status, groupName].filter(Boolean).join(" · "));
  setText(item.value, metricTextWithUnit(metric, last));
  item.remove.hidden = !state.view.selected.includes(run.run_id);
  setAttribute(item.remove, "aria-label", `Take ${name} out of the comparison`);
}
