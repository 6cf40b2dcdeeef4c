/** Plotly, loaded once; and the look that all figures share, taken from the theme. */

import { colour } from "./theme.js";

export const SERIES = 8; // as many as tokens.css has
/** Room for labels of any number and a title below. That the library measures it would double the time of a drawing. */
const MARGIN = Object.freeze({ l: 52, r: 16, t: 10, b: 40 });
const CONFIG = {
  plotlyServerURL: "",
  displayModeBar: false,
  displaylogo: false,
  responsive: true,
  doubleClick: false, // those who listen to it say what comes into sight
  showTips: false,
};

/**
 * @param {string} url
 * @returns {Promise<any>} the Plotly library
 */
export function loadPlotly(url) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = url;
    script.addEventListener("load", () => resolve(/** @type {any} */ (window).Plotly));
    script.addEventListener("error", () => reject(new Error("The chart library could not be loaded.")));
    document.head.append(script);
  });
}

/**
 * Draws the figure, or changes it into this one.
 * @param {any} Plotly
 * @param {HTMLElement} container
 * @param {{ data: any[], layout: any }} figure
 * @returns {Promise<any>}
 */
export function draw(Plotly, container, { data, layout }) {
  const dragmode = matchMedia("(pointer: coarse)").matches ? false : "zoom"; // a finger must be able to scroll the page
  return Plotly.react(container, data, { ...layout, dragmode }, CONFIG);
}

/**
 * The theme's colours by what they mean in a chart, its font, and `series`: colours for things that have no meaning.
 * @returns {Record<string, any>}
 */
export function palette() {
  const lines = ["ink", "muted", "line", "surface", "warmup", "learning", "buy", "sell", "reference"];
  const names = [...lines, "warmup-tint", "train-tint", "validation-tint", "test-tint"];
  const colours = Object.fromEntries(names.map((name) => [name, colour(`--${name}`)]));
  const series = Array.from({ length: SERIES }, (_, index) => colour(`--series-${index + 1}`));
  return { ...colours, series, font: getComputedStyle(document.body).fontFamily };
}

/**
 * @param {Record<string, string>} colours
 * @returns {any} a layout to add to
 */
export function baseLayout(colours) {
  return {
    autosize: true,
    showlegend: false,
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: colours.font, size: 11, color: colours.muted },
    margin: MARGIN,
    hoverlabel: { bgcolor: colours.surface, bordercolor: colours.line, align: "left", font: { color: colours.ink, size: 12 } },
  };
}

/**
 * @param {Record<string, string>} colours
 * @returns {any} an axis to add to
 */
export function baseAxis(colours) {
  return { gridcolor: colours.line, linecolor: colours.line, zeroline: false };
}

/**
 * An axis of numbers: their labels are short enough for `MARGIN`, and need not be measured one by one.
 * @param {Record<string, string>} colours
 * @returns {any} an axis to add to
 */
export function numberAxis(colours) {
  return { ...baseAxis(colours), ticklabeloverflow: "allow" };
}

/**
 * The region that was gated: tinted, so that forced steps are never read as the policy's.
 * @param {number} from
 * @param {number} to
 * @param {Record<string, string>} colours
 */
export function gatedRegion(from, to, colours) {
  const place = { x0: from, x1: to, yref: "paper", y0: 0, y1: 1 };
  return { type: "rect", layer: "below", ...place, fillcolor: colours["warmup-tint"], line: { width: 0 } };
}
