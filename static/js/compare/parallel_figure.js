/** Parallel coordinates drawn with ordinary lines: Plotly's own need WebGL and code made from strings, which we forbid. */

import { baseLayout } from "../plot.js";
import { lineLook, plainText } from "./figure.js";

const MARK_SHIFT = 6; // pixels from a point to its text
const TITLE_SHIFT = 14;
const TITLE_LETTERS = 16; // of a line of a title: axes may stand close to each other
const LINE_HEIGHT = 14;
const HEAD_HEIGHT = 28; // above the axes, without their titles

/**
 * @param {import("./parallel.js").ParallelAxis[]} axes
 * @param {Pick<import("./figure.js").Member, "run" | "name">[]} members
 * @param {Record<string, any>} colours
 * @param {number[]} [places]  of each run's look in the order of looks; those of a group have the same
 * @returns {{ data: any[], layout: any }}
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
  return { data, layout: layoutOf(axes, colours) };
}

function layoutOf(axes, colours) {
  const titles = axes.map(({ label }) => titleLines(label));
  const lines = Math.max(...titles.map(({ length }) => length));
  const none = { showgrid: false, zeroline: false, showticklabels: false, fixedrange: true };
  return {
    ...baseLayout(colours),
    margin: { l: 64, r: 76, t: HEAD_HEIGHT + lines * LINE_HEIGHT, b: 20 },
    hovermode: "closest",
    xaxis: { ...none, range: [0, Math.max(1, axes.length - 1)] },
    yaxis: { ...none, range: [-0.06, 1.06] },
    shapes: axes.map((axis, index) => ({
      type: "line",
      layer: "below",
      ...{ x0: index, x1: index, y0: 0, y1: 1 },
      line: { color: colours.line, width: 1.5 },
    })),
    annotations: axes.flatMap(({ ticks }, index) => [
      { ...note(titles[index].join("<br>"), colours.ink), x: index, y: 1, yshift: TITLE_SHIFT, yref: "paper", yanchor: "bottom" },
      ...ticks.map(({ place, text }) => ({ ...note(text, colours.muted), x: index, ...beside(place, colours) })),
    ]),
  };
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
      const fits = last !== undefined && last.length + 1 + word.length <= TITLE_LETTERS;
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

function note(text, color) {
  return { text, showarrow: false, font: { size: 11, color } };
}
