/** The key to the compared curves: a line for each run, with its newest value, what tells it from others and ways to it. */

import { curveOf, wholeValues } from "../curves/curve.js";
import { arrange, byId, element, setAttribute, setMessage, setText } from "../dom.js";
import { isDeleted } from "../labels.js";
import { metricTextWithUnit } from "../metrics.js";
import { SERIES } from "../plot.js";
import { routeTo } from "../route.js";
import { settingsOf } from "../runs/settings.js";
import { withSelected } from "../view.js";
import { bandNote, countNote, groupNames, lineGroups } from "./groups.js";

/**
 * @typedef {import("../reducer.js").State} State
 * @typedef {import("./figure.js").Member} Member
 * @param {{ state: State, dispatch: (action: any) => void }} store
 * @param {(runIds: string[] | null) => void} onStress  called with the run under the pointer or the keyboard
 */
export function createLegend(store, onStress) {
  /** @type {Map<string, any>} */
  const items = new Map();

  function itemOf(/** @type {string} */ runId) {
    if (!items.has(runId)) items.set(runId, createItem(() => unselect(runId), (isOn) => onStress(isOn ? [runId] : null)));
    return items.get(runId);
  }

  function unselect(/** @type {string} */ runId) {
    const { selected } = withSelected(store.state.view, runId, false);
    onStress(null);
    store.dispatch({ type: "view", change: { selected } });
  }

  return {
    /**
     * @param {State} state
     * @param {Member[]} members
     * @param {import("./metrics.js").ComparedMetric} metric
     */
    render(state, members, metric) {
      const { isGrouped } = state.view;
      const groups = lineGroups(members, isGrouped);
      const settings = groups.map(([{ run }]) => settingsOf(run));
      const names = groupNames(settings, state.catalog?.parameters ?? []);
      setText(byId("compare-count"), countNote(groups, isGrouped));
      setText(byId("compare-band"), isGrouped ? bandNote(groups) : "");
      groups.forEach((group, index) =>
        group.forEach((member, place) => {
          const detail = detailOf(member, place === 0 ? names[index] : "", state.labels);
          update(itemOf(member.run.run_id), member, { index, detail }, state, metric);
        }),
      );
      arrange(
        byId("compare-legend"),
        groups.flat().map(({ run }) => itemOf(run.run_id).node),
      );
    },
    /** @param {string[] | null} runIds  those to stand out, null for none */
    stress(runIds) {
      for (const [runId, { node }] of items) setAttribute(node, "data-stressed", runIds?.includes(runId));
    },
  };
}

/**
 * What is to be known of a run beside its name: what is unusual about it, then what tells it from the others.
 * @param {Pick<Member, "run" | "tracked">} member
 * @param {string} settings
 * @param {State["labels"]} labels
 * @returns {string}
 */
export function detailOf({ run, tracked }, settings, labels) {
  const status = run.status === "finished" ? "" : run.status;
  const isGone = isDeleted(labels, run.run_id);
  return tracked.problem?.message || [isGone && "deleted", status, settings].filter(Boolean).join(" · ");
}

function createItem(onRemove, onStress) {
  const mark = element("span", { class: "line-mark", "aria-hidden": "true" });
  const link = element("a", { class: "legend-name" });
  const detail = element("span", { class: "muted" });
  const value = element("span", { class: "legend-value", title: "The last value, without an episode that was cut short" });
  const remove = element("button", { type: "button", class: "quiet" }, "✕");
  const node = element("li", {}, mark, link, value, remove, detail);
  remove.addEventListener("click", onRemove);
  for (const begin of ["pointerenter", "focusin"]) node.addEventListener(begin, () => onStress(true));
  for (const end of ["pointerleave", "focusout"]) node.addEventListener(end, () => onStress(false));
  return { node, mark, link, detail, value, remove };
}

function update(item, { run, name, tracked }, { index, detail }, state, metric) {
  const last = wholeValues(curveOf(tracked, metric.key)).findLast((value) => value !== null);
  setAttribute(item.mark, "data-series", index % SERIES);
  setAttribute(item.mark, "data-dash", Math.floor(index / SERIES) % 3);
  setText(item.link, name);
  setAttribute(item.link, "title", name);
  setAttribute(item.link, "href", routeTo(state, { runId: run.run_id, view: { page: "run" } }));
  setMessage(item.detail, detail);
  setAttribute(item.detail, "title", detail);
  setText(item.value, metricTextWithUnit(metric, last));
  item.remove.hidden = !state.view.selected.includes(run.run_id);
  setAttribute(item.remove, "aria-label", `Take ${name} out of the comparison`);
}
