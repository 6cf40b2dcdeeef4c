/** Zooming: one stretch of the horizontal axis for all curves of a page, dragged or pulled in a figure, or chosen with buttons. */

import { compared } from "../view.js";
import { axisFor } from "./axes.js";
import { curveOf } from "./curve.js";
import { originOf } from "./origin.js";
import { ordered, rounded, within } from "./stretch.js";

/**
 * @typedef {import("../reducer.js").State} State
 * @typedef {{ state: State, dispatch: (action: any) => void }} Store
 * @typedef {import("../view.js").View["zoom"]} Zoom
 */

/**
 * What figures tell of the stretch that is to be in sight, null for all: dragged over, or pulled by two fingers, which
 * may go beyond the ends of the axis.
 * @param {Store} store
 * @returns {{ onZoom: (zoom: Zoom) => void, onPinch: (zoom: [number, number]) => void }}
 */
export function createZoom(store) {
  const onZoom = (/** @type {Zoom} */ zoom) =>
    store.dispatch({ type: "view", change: { zoom: zoom && rounded(zoom) } });
  return { onZoom, onPinch: (zoom) => onZoom(within(zoom, wholeOf(store.state))) };
}

/**
 * The buttons `data-zoom`; while all is in sight, it can only come closer.
 * @param {Store} store
 * @returns {(state: State) => void} the view
 */
export function createZoomButtons(store) {
  const { onZoom: zoomTo } = createZoom(store);
  const buttons = /** @type {HTMLButtonElement[]} */ ([...document.querySelectorAll("[data-zoom]")]);
  for (const button of buttons) {
    const order = String(button.dataset.zoom);
    button.addEventListener("click", () => zoomTo(ordered(order, store.state.view.zoom, wholeOf(store.state))));
  }

  return ({ view }) => {
    for (const button of buttons) {
      const isOfUse = view.zoom !== null || button.dataset.zoom === "in";
      if (!isOfUse && button === document.activeElement) closer(button).focus(); // a disabled button hears no key
      button.disabled = !isOfUse;
    }
  };
}

/**
 * All of the horizontal axis, as the view counts it.
 * @param {Pick<State, "view" | "shownRunId" | "tracked" | "catalog">} state
 * @returns {[number, number]}
 */
export function wholeOf({ view, shownRunId, tracked, catalog }) {
  const isCompared = view.page === "compare";
  const metric = isCompared ? view.metric : catalog?.metrics[0].name;
  const ids = isCompared && view.selected.length > 0 ? compared(view) : [String(shownRunId)];
  const drawn = ids
    .map((runId) => tracked[runId])
    .filter((one) => one?.run)
    .map((one) => ({ curve: curveOf(one, metric), startedAt: originOf(one) }));
  const axis = axisFor(view.axis, drawn);
  const ends = drawn.map(({ curve, startedAt }) => axis.places(curve, startedAt).at(-1) ?? 0);
  return [0, axis.unit * Math.max(0, ...ends)];
}

function closer(/** @type {HTMLElement} */ button) {
  return /** @type {HTMLElement} */ (button.parentElement?.querySelector("[data-zoom=in]"));
}
