/** The figures of the inspected episodes, one time axis and one scale for all; each zoom gets finer candles. */

import { byId, setAttribute, setText } from "../dom.js";
import { draw, palette } from "../plot.js";
import { createSaveMenu } from "../save_image.js";
import { actionsFigure } from "./actions.js";
import { fetchCandles } from "./api.js";
import { scales } from "./columns.js";
import { sharesBars } from "./comparison.js";
import { episodeFigure } from "./figure.js";

const PLACES = ["inspector", "beside"];
const IMAGE_HEIGHT = 760;

/**
 * @typedef {import("./figure.js").Inspected & { runId: string, opened: import("../reducer.js").Opened, reason: string | null }} Shown
 * @typedef {import("./columns.js").Range} Range
 */

/**
 * The panes of the dialog; nothing is drawn before the library is there and the dialog is open.
 * @param {import("../figures.js").Figures} figures  which make the images to save
 * @param {(opened: import("../reducer.js").Opened) => string} titleOf
 */
export function createPanes(figures, titleOf) {
  /** @type {any} */
  let Plotly = null;
  /** @type {Shown[]} */
  let episodes = [];
  /** @type {Range | null} */
  let range = null;
  let asked = 0;
  const heard = new WeakSet();
  PLACES.forEach((name, index) => {
    const title = () => titleOf(episodes[index].opened);
    const actions = byId(`${name}-actions`);
    byId(`${name}-head`).append(createSaveMenu(figures, byId(`${name}-plot`), title, IMAGE_HEIGHT));
    byId(`${name}-actions-head`).append(createSaveMenu(figures, actions, () => `Actions · ${title()}`));
  });

  function place() {
    setAttribute(byId("inspector"), "data-panes", episodes.length);
    PLACES.forEach((name, index) => {
      const own = `Episode ${episodes[index]?.opened.number}`;
      byId(`${name}-pane`).hidden = byId(`${name}-actions-pane`).hidden = index >= episodes.length;
      byId(`${name}-name`).hidden = episodes.length === 1;
      setText(byId(`${name}-name`), own);
      setText(byId(`${name}-actions-name`), episodes.length === 1 ? "Actions" : `Actions · ${own}`);
    });
    byId("inspector-differs-key").hidden = !episodes.some(({ difference }) => sharesBars(difference));
  }

  function redraw() {
    if (Plotly === null || !byId("inspector").open) return;
    const colours = palette();
    const sight = { range: range ?? wholeTime(episodes), scales: scales(episodes, range) };
    episodes.forEach((episode, index) => {
      const plot = byId(`${PLACES[index]}-plot`);
      draw(Plotly, plot, episodeFigure(episode, sight, colours));
      draw(Plotly, byId(`${PLACES[index]}-actions`), actionsFigure(episode.columns, colours));
      if (!heard.has(plot)) listen(plot, zoom);
      heard.add(plot);
    });
    byId("inspector-gated-key").hidden = !episodes.some(({ columns }) => columns.gated.some(Boolean));
    setText(byId("candles-note"), candlesNote(episodes));
  }

  async function zoom(/** @type {Range | null} */ next) {
    range = next;
    redraw();
    asked += 1;
    const ticket = asked;
    const answers = await Promise.all(episodes.map(({ runId, opened }) => fetchCandles(runId, opened, next))).catch(
      () => null, // the coarser ones stay
    );
    if (answers === null || ticket !== asked) return;
    episodes = episodes.map((episode, index) => ({ ...episode, candles: answers[index].candles }));
    redraw();
  }

  return {
    /** @param {Shown[]} next  those to show, all of their time in sight; none at all to forget them */
    show(next) {
      asked += 1;
      range = null;
      episodes = next;
      if (next.length === 0) return;
      place();
      redraw();
    },
    /** @param {any} library */
    use(library) {
      Plotly = library;
      if (episodes.length > 0) redraw();
    },
    recolour: () => episodes.length > 0 && redraw(),
  };
}

/**
 * What each candle stands for, or why there are none.
 * @param {{ candles: import("./columns.js").Candles | null, reason: string | null }[]} episodes
 * @returns {string}
 */
export function candlesNote(episodes) {
  const [{ candles, reason }] = episodes;
  if (candles === null) return `The price is drawn as a line: ${reason}.`;
  const most = Math.max(1, ...episodes.map((one) => one.candles?.bars[0] ?? 1));
  return most === 1 ? "Each candle is one bar." : `Each candle is ${most} bars; zoom in for single ones.`;
}

/**
 * The range of time that a change of the figure's layout asks for; null for none.
 * @param {Record<string, any>} change
 * @returns {Range | null}
 */
export function zoomedTo(change) {
  const range = [change["xaxis.range[0]"], change["xaxis.range[1]"]].map(milliseconds);
  return range.every(Number.isFinite) ? /** @type {Range} */ (range) : null;
}

/** Plotly writes times as "2001-02-03 04:05:06.789", in UTC. */
function milliseconds(time) {
  if (typeof time !== "string") return time;
  return Date.parse(time.includes(" ") ? `${time.replace(" ", "T")}Z` : time);
}

function listen(plot, zoom) {
  plot.on("plotly_relayout", (change) => {
    const range = zoomedTo(change);
    if (range !== null) zoom(range);
  });
  plot.on("plotly_doubleclick", () => zoom(null));
}

/** @returns {Range} */
function wholeTime(episodes) {
  const times = episodes.map(({ columns }) => columns.time_ms);
  return [Math.min(...times.map((one) => one[0])), Math.max(...times.map((one) => one.at(-1)))];
}
