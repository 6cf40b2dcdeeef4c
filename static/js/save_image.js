/** A small menu beside a chart that saves it as PNG or SVG, in the colours of the theme. */

import { element } from "./dom.js";
import { runName } from "./labels.js";
import { palette } from "./plot.js";

const FORMATS = /** @type {const} */ ({ png: "PNG, for slides", svg: "SVG, for print" });
const WIDTH = 960;
const HEIGHT = 480;
const SHARPNESS = 2; // pixels of a PNG for each of the page's
const TITLE_HEIGHT = 48;

/**
 * @param {{ image: (figure: any, options: any) => Promise<string> }} figures
 * @param {any} plot  the element that holds the figure
 * @param {() => string} describe  what it shows, in a few words: the image's title and the file's name
 * @param {number} [height]  of the image, for a figure of many rows
 * @returns {any} the menu
 */
export function createSaveMenu(figures, plot, describe, height = HEIGHT) {
  const choices = Object.entries(FORMATS).map(([format, label]) => {
    const button = element("button", { type: "button", class: "quiet" }, label);
    button.addEventListener("click", () => save(format));
    return button;
  });
  const summary = element("summary", { title: "Save the chart as an image" }, "Save");
  const menu = element("details", { class: "save" }, summary, element("div", { class: "save-choices" }, ...choices));
  menu.addEventListener("focusout", (/** @type {FocusEvent} */ { relatedTarget }) => {
    if (!menu.contains(relatedTarget)) menu.open = false;
  });

  async function save(/** @type {string} */ format) {
    menu.open = false;
    if (!plot.data) return;
    const title = describe();
    const width = Math.max(WIDTH, parseFloat(plot.style.minWidth) || 0);
    const size = { width, height, scale: SHARPNESS };
    const address = await figures.image(imageOf(plot, title, palette()), { ...size, format });
    element("a", { href: address, download: `${fileName(title)}.${format}` }).click();
  }

  return menu;
}

/**
 * The figure as it is, with a title and a ground, and with a key where it has several lines or shapes, or a line that asks
 * for one.
 * @param {{ data: any[], layout: any }} figure
 * @param {string} title
 * @param {Record<string, string>} colours
 */
export function imageOf({ data, layout }, title, colours) {
  const lines = data.filter(({ showlegend, name }) => showlegend !== false && name);
  const shapes = (layout.shapes ?? []).filter((/** @type {any} */ { showlegend }) => showlegend);
  const ground = { paper_bgcolor: colours.surface, plot_bgcolor: colours.surface };
  const text = { text: title, font: { size: 15, color: colours.ink }, x: 0.02, xanchor: "left" };
  const margin = { ...layout.margin, t: (layout.margin?.t ?? 0) + TITLE_HEIGHT };
  const isAsked = lines.some(({ showlegend }) => showlegend);
  const showlegend = isAsked || lines.length + shapes.length > 1;
  return { data, layout: { ...layout, ...ground, title: text, margin, autosize: false, showlegend } };
}

/**
 * What a chart of the shown run is called.
 * @param {string} label  of the metric
 * @param {import("./reducer.js").State} state
 * @returns {string}
 */
export function titleOf(label, { run, labels }) {
  return run ? `${label} · ${runName(run, labels)}` : label;
}

/**
 * "Sharpe · run 3" as "sharpe-run-3".
 * @param {string} title
 * @returns {string}
 */
export function fileName(title) {
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? ["chart"];
  return words.join("-").slice(0, 80);
}
