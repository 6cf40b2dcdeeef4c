/** Parallel coordinates drawn with ordinary lines: Plotly's own need WebGL and code made from strings, which we forbid. */

import { baseLayout } from "../plot.js";
import { lineLook } from "./figure.js";

/**
 * @param {import("./parallel.js").ParallelAxis[]} axes
 * @param {string[]} names  of the runs
 * @param {Record<string, any>} colours
 * @returns {{ data: any[], layout: any }}
 */
export function parallelFigure(axes, names, colours) {
  const data = names.map((name, run) => {
    const { colour, dash } = lineLook(run, colours.series);
    return {
      type: "scatter",
      mode: "lines+markers",
      name,
      x: axes.map((axis, index) => index),
      y: axes.map(({ places }) => places[run]),
      text: axes.map(({ label, texts }) => `${label}: ${texts[run]}`),
      hovertemplate: "%{text}<extra></extra>",
      connectgaps: true,
      cliponaxis: false,
      line: { color: colour, width: 2, dash },
      marker: { color: colour, size: 7 },
    };
  });
  return { data, layout: layoutOf(axes, colours) };
}

function layoutOf(axes, colours) {
  const none = { showgrid: false, zeroline: false, showticklabels: false, fixedrange: true };
  return {
    ...baseLayout(colours),
    margin: { l: 60, r: 60, t: 30, b: 16 },
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
      { ...note(label, colours.ink), x: index, y: 1, yref: "paper", yanchor: "bottom" },
      ...ticks.map(({ place, text }) => ({
        ...note(text, colours.muted),
        ...{ x: index, y: place, xshift: 6, xanchor: "left" },
        bgcolor: colours.surface,
      })),
    ]),
  };
}

function note(text, color) {
  return { text, showarrow: false, font: { size: 11, color } };
}
