/** What people did, as marks on a run's curves. Knows no DOM and no library. */

import { placeOf } from "../curves/axes.js";
import { number } from "../format.js";
import { changeText, named } from "../parameters.js";
import { standing } from "./actions.js";

const QUIET = new Set(["start", "pin", "unpin", "delete", "undelete", "fork", "change"]); // they change no curve
const MARK_AXIS = { overlaying: "y", range: [0, 1], visible: false, fixedrange: true };

/** @typedef {{ x: number, text: string }} Mark  several actions at one place are one mark */

/**
 * Where people stepped in: their orders, and changes of parameters where these took effect.
 * @param {{ run: any, actions?: import("./actions.js").Actions, catalog?: any }} tracked
 * @param {number[]} steps   at the ends of episodes, rising
 * @param {number[]} places  of the same ends on the axis
 * @returns {Mark[]}
 */
export function marksOf({ run, actions, catalog }, steps, places) {
  const ordered = standing([...(actions?.list ?? [])]).filter(({ kind }) => !QUIET.has(kind));
  const changes = (run?.changes ?? []).map((change) => ({ step: change.step, text: changed(change, catalog?.parameters ?? []) }));
  /** @type {Map<number, string[]>} */
  const texts = new Map();
  for (const { step, text } of [...ordered, ...changes]) {
    const x = placeOf(step, steps, places);
    if (x !== null && !Number.isNaN(x)) texts.set(x, [...(texts.get(x) ?? []), `${text}, step ${number(step)}`]);
  }
  return [...texts].map(([x, lines]) => ({ x, text: lines.join("<br>") }));
}

/**
 * The lines, and the trace whose points tell what they are.
 * @param {Mark[]} marks
 * @param {Record<string, any>} colours
 * @returns {{ shapes: any[], traces: any[], layout: Record<string, any> }}
 */
export function markParts(marks, colours) {
  if (marks.length === 0) return { shapes: [], traces: [], layout: {} };
  const line = { color: colours.muted, width: 1, dash: "dot" };
  const shapes = marks.map(({ x }) => ({ type: "line", x0: x, x1: x, yref: "paper", y0: 0, y1: 1, line }));
  const trace = {
    type: "scatter",
    mode: "markers",
    name: "actions",
    x: marks.map(({ x }) => x),
    y: marks.map(() => 0),
    yaxis: "y2",
    cliponaxis: false,
    marker: { symbol: "triangle-up", size: 9, color: colours.muted },
    text: marks.map(({ text }) => text),
    hovertemplate: "%{text}<extra></extra>",
  };
  return { shapes, traces: [trace], layout: { yaxis2: MARK_AXIS } };
}

function changed({ before, after }, parameters) {
  const values = Object.entries(after).map(([name, value]) => changeText(named(parameters, name), before[name], value));
  return `Changed: ${values.join(", ")}`;
}
