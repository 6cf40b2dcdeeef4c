/** What people did, as marks on a run's curves. Knows no DOM and no library. */

import { placeOf } from "../curves/axes.js";
import { number } from "../format.js";
import { changeText, named } from "../parameters.js";
import { standing } from "./actions.js";

const QUIET = new Set(["start", "pin", "unpin", "delete", "undelete", "fork", "change"]); // they change no curve
const MARK_AXIS = { overlaying: "y", range: [0, 1], visible: false, fixedrange: true };
const LEVEL = 0.09; // of the height: marks that would cover each other stand above each other
const LEVELS = 8;
const NEAR = 0.015; // of the axis

/** How each kind looks in a figure and in the key, and its colour's name in the palette. */
const KINDS = {
  pause: { symbol: "square", sign: "■", word: "paused", colour: "warmup" },
  resume: { symbol: "triangle-right", sign: "▸", word: "resumed", colour: "buy" },
  change: { symbol: "diamond", sign: "◆", word: "changed", colour: "learning" },
  evaluate: { symbol: "star", sign: "★", word: "evaluation asked for", colour: "reference" },
  save: { symbol: "circle", sign: "●", word: "saved", colour: "muted" },
  stop: { symbol: "x", sign: "✕", word: "stopped", colour: "sell" },
  roll_back: { symbol: "triangle-left", sign: "◂", word: "rolled back", colour: "ink" },
};
const OTHER = { symbol: "triangle-up", sign: "▴", word: "other", colour: "muted" };

/** @typedef {{ x: number, kind: string, level: number, text: string }} Mark  those of a kind at one place are one mark */

/**
 * Where people stepped in: their orders, and changes of parameters where these took effect.
 * @param {{ run: any, actions?: import("./actions.js").Actions, catalog?: any }} tracked
 * @param {number[]} steps   at the ends of episodes, rising
 * @param {number[]} places  of the same ends on the axis
 * @returns {Mark[]}
 */
export function marksOf({ run, actions, catalog }, steps, places) {
  const ordered = standing([...(actions?.list ?? [])]).filter(({ kind }) => !QUIET.has(kind));
  const changes = (run?.changes ?? []).map((change) => ({
    kind: "change",
    step: change.step,
    text: changed(change, catalog?.parameters ?? []),
  }));
  /** @type {Map<number, Map<string, string[]>>} */
  const texts = new Map(); // by place and kind
  for (const { kind, step, text } of [...ordered, ...changes]) {
    const x = placeOf(step, steps, places);
    if (x === null || Number.isNaN(x)) continue;
    const kinds = texts.get(x) ?? new Map();
    texts.set(x, kinds.set(kind, [...(kinds.get(kind) ?? []), `${text}, step ${number(step)}`]));
  }
  const marks = [...texts].flatMap(([x, kinds]) =>
    [...kinds].map(([kind, lines]) => ({ x, kind, text: lines.join("<br>") })),
  );
  return stacked(marks, NEAR * (places.at(-1) ?? 0));
}

function stacked(marks, near) {
  let [before, level] = [-Infinity, 0];
  return marks.toSorted((one, other) => one.x - other.x).map((mark) => {
    level = mark.x - before <= near ? (level + 1) % LEVELS : 0;
    before = mark.x;
    return { ...mark, level };
  });
}

/**
 * What the marks mean, in words: only of the kinds that there are.
 * @param {Mark[]} marks
 * @returns {string}
 */
export function marksKey(marks) {
  return looksOf(marks).map(({ sign, word }) => `${sign} ${word}`).join(" · ");
}

/**
 * A line for each place, and for each kind a trace whose points tell what was done there.
 * @param {Mark[]} marks
 * @param {Record<string, any>} colours
 * @returns {{ shapes: any[], traces: any[], layout: Record<string, any> }}
 */
export function markParts(marks, colours) {
  if (marks.length === 0) return { shapes: [], traces: [], layout: {} };
  const colourOf = ({ kind }) => colours[lookOf(kind).colour];
  const firsts = marks.filter(({ x }, index) => x !== marks[index - 1]?.x);
  const shapes = firsts.map((mark) => {
    const line = { color: colourOf(mark), width: 1, dash: "dot" };
    return { type: "line", x0: mark.x, x1: mark.x, yref: "paper", y0: 0, y1: 1, line };
  });
  const traces = looksOf(marks).map((look) => traceOf(look, marks.filter(({ kind }) => lookOf(kind) === look), colours));
  return { shapes, traces, layout: { yaxis2: MARK_AXIS } };
}

function traceOf({ word, symbol, colour }, marks, colours) {
  return {
    type: "scatter",
    mode: "markers",
    name: word,
    showlegend: true, // in a saved image
    x: marks.map(({ x }) => x),
    y: marks.map(({ level }) => LEVEL * level),
    yaxis: "y2",
    cliponaxis: false,
    marker: { symbol, color: colours[colour], size: 9, line: { color: colours.surface, width: 1 } },
    text: marks.map(({ text }) => text),
    hovertemplate: "%{text}<extra></extra>",
  };
}

function looksOf(marks) {
  return [...new Set(marks.map(({ kind }) => lookOf(kind)))];
}

function lookOf(/** @type {string} */ kind) {
  return KINDS[kind] ?? OTHER;
}

function changed({ before, after }, parameters) {
  const values = Object.entries(after).map(([name, value]) => changeText(named(parameters, name), before[name], value));
  return `Changed: ${values.join(", ")}`;
}
