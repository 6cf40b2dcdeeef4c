/** Bars before training as a small figure: the price, with training, validation and test shaded. */

import { baseAxis, baseLayout } from "./plot.js";

/**
 * @param {{ time_ms: number[], close: number[] }} preview
 * @param {{ name: string, first: string, last: string }[]} splits
 * @param {Record<string, string>} colours
 * @returns {{ data: any[], layout: any }}
 */
export function previewFigure(preview, splits, colours) {
  const price = {
    type: "scatter",
    mode: "lines",
    name: "price",
    x: preview.time_ms,
    y: preview.close,
    line: { color: colours.ink, width: 1 },
    hovertemplate: "%{x|%Y-%m-%d %H:%M}<br>close %{y:,.6~g}<extra></extra>",
  };
  const axis = { ...baseAxis(colours), fixedrange: true, automargin: true };
  const layout = {
    ...baseLayout(colours),
    margin: { l: 8, r: 8, t: 4, b: 20 },
    hovermode: "x",
    xaxis: { ...axis, type: "date", nticks: 5, showgrid: false },
    yaxis: { ...axis, nticks: 4 },
    shapes: splits.map((window) => shade(window, colours)),
  };
  return { data: [price], layout };
}

function shade({ name, first, last }, colours) {
  const place = { x0: Date.parse(first), x1: Date.parse(last), yref: "paper", y0: 0, y1: 1 };
  const look = { fillcolor: colours[`${name}-tint`], line: { width: 0 } };
  return { type: "rect", layer: "below", name, showlegend: true, ...place, ...look }; // a saved image has a key
}
