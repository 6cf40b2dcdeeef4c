/** Parallel coordinates drawn with ordinary lines: Plotly's own need WebGL and code made from strings, which we forbid. */

import { baseLayout } from "../plot.js";
import { lineLook, plainText } from "./figure.js";

const MARK_SHIFT = 6; // pixels from a point to its text
const TITLE_SHIFT = 14;
const LETTERS = 16; // of a value or of a line of a title
const AXIS_GAP = 116; // pixels at least from one axis to the next, room for so many letters
const TITLE_LINES = 3;
const TICK_GAP = 0.07; // at least from one mark of an axis to the next, as a share of its height
const SIDES = { l: 64, r: 110 };
const LINE_HEIGHT = 14;
const HEAD_HEIGHT = 28; // above the axes, without their titles

/**
 * The figure, and how many pixels wide it must be at least.
 * @param {import("./parallel.js").ParallelAxis[]} axes
 * @param {Pick<import("./figure.js").Member, "run" | "name">[]} members
 * @param {Record<string, any>} colours
 * @param {number[]} [places]  of each run's look in the order of looks; those of a group have the same
 * @returns {{ data: any[], layout: any, leastWidth: number }}
 */
export function parallelFigure(axes, members, colours, places = members.map((_, index) => index)) {
  const data = members.map(({ run, name }, index) => {
    const { colour, dash } = lineLook(places[index], colours.series);
    return {
      type: "scatter",
      mode: "lines+markers",
      name,
      meta: [run.run_id],
      x: axes.map((axis, place) => place),
      y: axes.map(({ places }) => places[index]),
      text: axes.map(({ label, texts }) => `${label}: ${texts[index]}`),
      hovertemplate: `${plainText(name)}<br>%{text}<extra></extra>`,
      connectgaps: true,
      cliponaxis: false,
      line: { color: colour, width: 2, dash },
      marker: { color: colour, size: 7 },
    };
  });
  const leastWidth = SIDES.l + (axes.length - 1) * AXIS_GAP + SIDES.r;
  return { data, layout: layoutOf(axes, colours), leastWidth };
}

function layoutOf(axes, colours) {
  const titles = axes.map(({ label }) => titleLines(label));
  const lines = Math.min(TITLE_LINES, Math.max(...titles.map(({ length }) => length)));
  const none = { showgrid: false, zeroline: false, showticklabels: false, fixedrange: true };
  return {
    ...baseLayout(colours),
    margin: { ...SIDES, t: HEAD_HEIGHT + lines * LINE_HEIGHT, b: 20 },
    hovermode: "closest",
    xaxis: { ...none, range: [0, Math.max(1, axes.length - 1)] },
    yaxis: { ...none, range: [-0.06, 1.06] },
    shapes: axes.map((axis, index) => ({
      type: "line",
      layer: "below",
      ...{ x0: index, x1: index, y0: 0, y1: 1 },
      line: { color: colours.line, width: 1.5 },
    })),
    annotations: axes.flatMap(({ label, ticks }, index) => [
      { ...title(label, titles[index], colours), x: index, y: 1, yshift: TITLE_SHIFT, yref: "paper", yanchor: "bottom" },
      ...apart(ticks).map(({ place, text }) => ({ ...mark(text, colours), x: index, ...beside(place, colours) })),
    ]),
  };
}

/** What does not fit is told in full when one points at it. */
function title(label, lines, colours) {
  const own = lines.slice(0, TITLE_LINES);
  if (lines.length > TITLE_LINES) own.push(`${own.pop()} …`);
  return note(own.map((line) => shortened(line, LETTERS + 2)).join("<br>"), label, colours.ink);
}

function mark(text, colours) {
  return note(plainText(shortened(text, LETTERS)), plainText(text), colours.muted);
}

function shortened(text, most) {
  return text.length <= most ? text : `${text.slice(0, most - 1).trimEnd()}…`;
}

/** The marks without those that would lie over the one before. */
function apart(ticks) {
  const isFar = (tick, last) => last === undefined || tick.place - last.place >= TICK_GAP;
  return ticks.reduce((kept, tick) => (isFar(tick, kept.at(-1)) ? [...kept, tick] : kept), []);
}

/**
 * A title in lines of whole words; what follows a comma has a line of its own.
 * @param {string} label
 * @returns {string[]}
 */
export function titleLines(label) {
  return label.split(", ").flatMap((part) =>
    part.split(" ").reduce((/** @type {string[]} */ lines, word) => {
      const last = lines.at(-1);
      const fits = last !== undefined && last.length + 1 + word.length <= LETTERS;
      return fits ? [...lines.slice(0, -1), `${last} ${word}`] : [...lines, word];
    }, []),
  );
}

/** Above the axis at its upper end, below at its lower one, beside it anywhere else, so that no mark covers it. */
function beside(place, colours) {
  if (place === 1) return { y: place, yshift: MARK_SHIFT, yanchor: "bottom" };
  if (place === 0) return { y: place, yshift: -MARK_SHIFT, yanchor: "top" };
  return { y: place, xshift: MARK_SHIFT + 2, xanchor: "left", bgcolor: colours.surface };
}

/** The library takes what has a text to tell for something to click, and shows another pointer. */
function note(text, full, color) {
  const told = text.includes("…") ? { hovertext: full } : {};
  return { text, ...told, showarrow: false, font: { size: 11, color } };
}
