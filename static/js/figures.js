/**
 * All figures of the page: each is drawn when what it shows has changed, at most four times a second, and only while
 * it can be seen. A figure out of sight is drawn when it comes into sight; a hidden page draws none. Many at once are
 * spread over frames, the first one first.
 */

import { createFrameBudget, draw, limitRate } from "./plot.js";

const NEAR = "200px"; // drawn a little before it is scrolled into sight

/**
 * @typedef {object} Figure
 * @property {(inputs: unknown[], make: () => { data: any[], layout: any }) => void} show  `inputs` are what the figure
 *   depends on: nothing is drawn while they stay the same
 */

/**
 * @typedef {object} FigureEvents
 * @property {(point: any) => void} [onClick]  called with what the trace has as `customdata` for the point
 * @property {(range: [number, number] | null) => void} [onZoom]  called with the range of the horizontal axis, null for all
 */

/** @param {{ invalidate: () => void }} store */
export function createFigures(store) {
  /** @type {any} */
  let Plotly = null;
  let version = 0; // rises with the library and with each theme
  const inSight = new WeakSet();
  const frame = createFrameBudget();
  const observer = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) inSight[isIntersecting ? "add" : "delete"](target);
      store.invalidate();
    },
    { rootMargin: NEAR },
  );

  /**
   * @param {any} plot  the element that holds it
   * @param {FigureEvents} [events]
   * @returns {Figure}
   */
  function create(plot, events = {}) {
    /** @type {unknown[] | null} */
    let drawn = null;
    /** @type {{ inputs: unknown[], make: () => any } | null} */
    let wanted = null;
    observer.observe(plot);

    function drawWanted() {
      if (wanted === null) return;
      drawn = wanted.inputs;
      const isFirst = !plot.data;
      draw(Plotly, plot, wanted.make());
      if (isFirst) listen(plot, events);
      else if (plot.querySelector(".main-svg").clientWidth !== plot.clientWidth) Plotly.Plots.resize(plot);
    }
    const drawRarely = limitRate(() => frame.spend(drawWanted), store.invalidate);

    return {
      show(inputs, make) {
        wanted = { inputs: [version, ...inputs], make };
        if (Plotly === null || !inSight.has(plot)) return;
        if (drawn !== null && wanted.inputs.every((input, index) => input === drawn?.[index])) return;
        if (frame.isSpent()) store.invalidate();
        else drawRarely();
      },
    };
  }

  return {
    create,
    /**
     * A figure as an image that a link can hold; it need not be on the page.
     * @param {{ data: any[], layout: any }} figure
     * @param {{ format: string, width: number, height: number, scale: number }} options
     * @returns {Promise<string>}
     */
    image: (figure, options) => Plotly.toImage(figure, options),
    /** @param {any} library */
    use(library) {
      Plotly = library;
      version += 1;
      store.invalidate();
    },
    recolour() {
      version += 1;
      store.invalidate();
    },
  };
}

/** @typedef {ReturnType<typeof createFigures>} Figures */

function listen(plot, { onClick, onZoom }) {
  if (onClick) {
    plot.on("plotly_click", ({ points }) => {
      const [{ customdata }] = points;
      if (customdata !== undefined) onClick(customdata); // a mark stands for no record
    });
  }
  if (!onZoom) return;
  plot.on("plotly_relayout", (change) => {
    const [low, high] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (typeof low === "number" && typeof high === "number") onZoom([low, high]);
    else if (change["xaxis.autorange"]) onZoom(null);
  });
}
