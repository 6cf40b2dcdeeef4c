/** The figures of the inspected episodes, one axis of bars and one scale for all; each zoom gets finer candles. */

import { rounded } from "../curves/stretch.js";
import { byId, setAttribute, setText } from "../dom.js";
import { draw, palette } from "../plot.js";
import { createSaveMenu } from "../save_image.js";
import { actionsFigure, mostSteps } from "./actions.js";
import { fetchCandles } from "./api.js";
import { scales } from "./columns.js";
import { sharesBars } from "./comparison.js";
import { isLogarithmic } from "./equity.js";
import { episodeFigure } from "./figure.js";
import { rowsInSight, touches, wholeRange } from "./range.js";
import { createZoomTools } from "./zoom_tools.js";

const PLACES = ["inspector", "beside"];
const PARTS = ["pane", "actions-pane", "figures-pane"];
const IMAGE_HEIGHT = 760;
const CANDLE_WIDTH = 6; // pixels for each, so that it can be seen whether it is hollow
const LEAST_CANDLES = 10;

/**
 * @typedef {import("./figure.js").Inspected & { runId: string, opened: import("../reducer.js").Opened, reason: string | null }} Shown
 * @typedef {import("./columns.js").Range} Range
 */

/**
 * The panes of the dialog; nothing is drawn before the library is there and the dialog is open.
 * @param {import("../figures.js").Figures} figures  which make the images to save
 * @param {(opened: import("../reducer.js").Opened) => string} titleOf
 * @param {(range: Range | null) => void} onZoom  called with what somebody brought into sight, null for all
 */
export function createPanes(figures, titleOf, onZoom) {
  /** @type {any} */
  let Plotly = null;
  /** @type {Shown[]} */
  let episodes = [];
  /** @type {Range | null} */
  let range = null;
  let asked = 0;
  let drawnWidth = 0;
  const heard = new WeakSet();
  const plots = PLACES.map((name) => byId(`${name}-plot`));
  const sight = () => {
    const whole = wholeRange(episodes);
    return { range: range ?? whole, whole };
  };
  const renderZoomTools = createZoomTools(sight, choose);
  new ResizeObserver(() => ![0, drawnWidth].includes(plots[0].clientWidth) && redraw()).observe(plots[0]); // 0 out of sight
  PLACES.forEach((name, index) => {
    const title = () => titleOf(episodes[index].opened);
    const actions = byId(`${name}-actions`);
    byId(`${name}-head`).append(createSaveMenu(figures, plots[index], title, IMAGE_HEIGHT));
    byId(`${name}-actions-head`).append(createSaveMenu(figures, actions, () => `Actions · ${title()}`));
  });

  function place() {
    setPanes(episodes.length);
    PLACES.forEach((name, index) => {
      const own = `Episode ${episodes[index]?.opened.number}`;
      const ofIt = episodes.length === 1 ? "" : ` · ${own}`;
      for (const part of PARTS) byId(`${name}-${part}`).hidden = index >= episodes.length;
      byId(`${name}-name`).hidden = episodes.length === 1;
      setText(byId(`${name}-name`), own);
      setText(byId(`${name}-actions-name`), `Actions${ofIt}`);
      setText(byId(`${name}-figures-name`), `All figures${ofIt}`);
    });
    byId("inspector-differs-key").hidden = !episodes.some(({ difference }) => sharesBars(difference));
  }

  function redraw() {
    if (Plotly === null || episodes.length === 0 || !byId("inspector").open) return;
    const colours = palette();
    const { range: inSight } = sight();
    drawnWidth = plots[0].clientWidth;
    const isLog = isLogarithmic(episodes);
    const shared = { range: inSight, scales: scales(episodes, inSight), width: drawnWidth, isLog };
    const most = mostSteps(episodes.map(({ columns }) => columns));
    episodes.forEach((episode, index) => {
      draw(Plotly, plots[index], episodeFigure(episode, shared, colours));
      draw(Plotly, byId(`${PLACES[index]}-actions`), actionsFigure(episode.columns, most, colours));
      if (!heard.has(plots[index])) listen(Plotly, plots[index], choose);
      heard.add(plots[index]);
    });
    renderZoomTools();
    byId("inspector-gated-key").hidden = !episodes.some(({ columns }) => columns.gated.some(Boolean));
    setText(byId("candles-note"), candlesNote(episodes));
  }

  function choose(/** @type {Range | null} */ next) {
    zoom(next && rounded(next));
    onZoom(range);
  }

  async function zoom(/** @type {Range | null} */ wanted) {
    const next = wanted && touches(wanted, sight().whole) ? wanted : null; // a link may say anything
    if (String(next) === String(range)) return;
    range = next;
    redraw();
    asked += 1;
    const ticket = asked;
    const most = candlesIn(plots[0].clientWidth);
    const answers = await Promise.all(
      episodes.map(({ runId, opened, columns, offset }) => {
        if (next === null) return fetchCandles(runId, opened, most);
        const [first, last] = rowsInSight(columns, offset, next);
        return fetchCandles(runId, opened, most, [Math.min(first, last), last]); // none of its bars may be in sight
      }),
    ).catch(() => null); // the coarser ones stay
    if (answers === null || ticket !== asked) return;
    episodes = episodes.map((episode, index) => ({ ...episode, candles: answers[index].candles }));
    redraw();
  }

  return {
    /**
     * @param {Shown[]} next  those to show; none at all to forget them
     * @param {Range | null} bars  in sight, null for all
     */
    show(next, bars) {
      asked += 1;
      range = null;
      episodes = next;
      if (next.length === 0) return;
      place();
      redraw();
      zoom(bars);
    },
    zoom,
    /** @param {any} library */
    use(library) {
      Plotly = library;
      redraw();
    },
    recolour: redraw,
  };
}

/**
 * Makes room for so many episodes beside each other.
 * @param {number} count
 * @returns {number} candles that each can show
 */
export function setPanes(count) {
  setAttribute(byId("inspector"), "data-panes", count);
  return candlesIn(byId("inspector").clientWidth / count);
}

function candlesIn(width) {
  return Math.max(LEAST_CANDLES, Math.floor(width / CANDLE_WIDTH));
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
  if (most === 1) return "Each candle is one bar.";
  return `Each candle is ${most} bars, and a mark at it stands for all that was bought or sold; zoom in for single ones.`;
}

/**
 * The range of bars that a change of the figure's layout asks for; null for none.
 * @param {Record<string, any>} change
 * @returns {Range | null}
 */
export function zoomedTo(change) {
  const range = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
  return range.every(Number.isFinite) ? /** @type {Range} */ (range) : null;
}

function listen(Plotly, plot, zoom) {
  plot.on("plotly_relayout", (change) => {
    const range = zoomedTo(change);
    if (range !== null) zoom(range);
  });
  plot.on("plotly_doubleclick", () => zoom(null));
  keepTapped(Plotly, plot);
}

/** The mouse that a browser makes of a finger leaves at once, and would take the tooltip with it. */
function keepTapped(Plotly, plot) {
  /** @type {number | null} */
  let tapped = null;
  plot.on("plotly_click", ({ points }) => {
    if (matchMedia("(pointer: coarse)").matches) tapped = points[0].x;
  });
  plot.on("plotly_unhover", () => {
    if (tapped !== null) Plotly.Fx.hover(plot, { xval: tapped });
    tapped = null;
  });
}
