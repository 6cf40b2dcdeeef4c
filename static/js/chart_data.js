/** What the charts of one run draw, as plain values. Knows no DOM and no library. */

import { axisFor, inSight, placeOf } from "./curves/axes.js";
import { curveOf, cutTexts, pick, wholeValues } from "./curves/curve.js";
import { originOf } from "./curves/origin.js";
import { within } from "./curves/thin.js";
import { counted } from "./format.js";
import { marksOf } from "./intervene/marks.js";
import { metricText } from "./metrics.js";

/**
 * @typedef {object} Points
 * @property {import("./curves/axes.js").Axis} axis
 * @property {[number, number] | null} range  of the axis that is in sight, null for all of it
 * @property {number[]} x
 * @property {(number | null)[]} y
 * @property {(number | null)[]} average  y smoothed
 * @property {(string | null)[]} cut  what is to be said of an episode that was cut short
 * @property {number[]} episodes
 * @property {("warmup" | "learning")[]} phases
 * @property {number | null} gate   its place, null when that cannot be told yet
 * @property {import("./intervene/marks.js").Mark[]} marks  what people did
 */

/**
 * One metric of a run on an axis; an undefined value stays null and leaves a gap.
 * @param {import("./tracked.js").Tracked & { actions?: import("./intervene/actions.js").Actions, catalog?: any }} tracked
 * @param {string} metric
 * @param {Pick<import("./view.js").View, "axis" | "smoothing" | "zoom">} look
 * @param {import("./curves/detail.js").Detail["of"]} detailed  makes what is in sight finer
 * @returns {Points}
 */
export function points(tracked, metric, { axis: axisName, smoothing, zoom }, detailed = (one) => one) {
  const origin = originOf(tracked);
  const axis = axisFor(axisName, [{ curve: curveOf(tracked, metric), startedAt: origin }]);
  const whole = curveOf(detailed(tracked, metric, axis, zoom), metric, smoothing);
  const all = axis.places(whole, origin);
  const range = inSight(axis, zoom);
  const indices = within(all, range);
  const { episode, step, value, average, cut } = pick({ ...whole, cut: cutTexts(whole) }, indices);
  const opened = tracked.run?.gate.opened ?? null;
  return {
    axis,
    range,
    x: indices.map((index) => all[index]),
    y: value,
    average,
    cut,
    episodes: episode,
    phases: step.map((end) => (opened && end > opened.step ? "learning" : "warmup")),
    gate: opened && placeOf(opened.step, whole.step, all),
    marks: marksOf(tracked, whole.step, all),
  };
}

/**
 * The chart in one sentence.
 * @param {{ name: string, label: string }} metric
 * @param {Pick<Points, "y" | "cut" | "episodes">} points
 * @returns {string}
 */
export function summary({ name, label }, { y, cut, episodes }) {
  const last = wholeValues({ value: y, cutShort: cut.map(Boolean) }).findLastIndex((value) => value !== null);
  if (last < 0) return `${label} by episode: no points yet.`;
  const count = y.filter((value) => value !== null).length;
  return `${label}: ${counted(count, "point")}, ${metricText(name, y[last])} in episode ${episodes[last]}.`;
}
