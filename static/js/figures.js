/**
 * The figures of the page, but for those of the inspector: each is drawn when what it shows has changed, and only while
 * it can be seen. A figure out of sight is drawn when it comes into sight; a hidden page draws none. The text of the page
 * never waits for them.
 */

import { listenToPinch } from "./curves/pinch.js";
import { createDrawQueue } from "./draw_queue.js";
import { draw } from "./plot.js";
import { areSame } from "./same.js";

const NEAR = "200px"; // drawn a little before it is scrolled into sight

/**
 * @typedef {object} Figure
 * @property {(inputs: unknown[], make: () => { data: any[], layout: any }) => void} show  `inputs` are what the figure
 *   depends on: nothing is drawn while they stay the same
 * @property {(names: string[] | null) => void} stress  has traces stand out that have one of these in their `meta`; null for
 *   all alike
 */

/**
 * @typedef {object} FigureEvents
 * @property {(names: string[] | null) => void} [onHover]  called with the `meta` of the trace under the pointer
 * @property {(point: any) => void} [onClick]  called with what the trace has as `customdata` for the point
 * @property {(range: [number, number] | null) => void} [onZoom]  called with the range of the horizontal axis, null for all,
 *   in what the layout's `meta.unit` counts
 * @property {(range: [number, number]) => void} [onPinch]  the same where two fingers have pulled it
 */

export function createFigures() {
  /** @type {any} */
  let Plotly = null;
  let version = 0; // rises with the library and with each theme
  const queue = createDrawQueue();
  const inSight = new WeakSet();
  /** @type {WeakMap<Element, number>} */
  const widths = new WeakMap();
  const sights = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) inSight[isIntersecting ? "add" : "delete"](target);
      queue.ask();
    },
    { rootMargin: NEAR },
  );
  const sizes = new ResizeObserver((entries) => {
    for (const { target, contentRect } of entries) widths.set(target, contentRect.width);
    queue.ask();
  });

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
    /** @type {string[] | null} */
    let stressed = null;
    let pulls = 0; // by fingers: since then the figure is not as it was drawn
    sights.observe(plot);
    sizes.observe(plot);

    const inputs = () => [version, widths.get(plot), pulls, ...(wanted?.inputs ?? [])];
    const { onPinch } = events;
    const heard = onPinch ? { ...events, onPinch: pull } : events;

    function pull(/** @type {[number, number]} */ range) {
      pulls += 1;
      onPinch?.(range);
      queue.ask();
    }

    queue.add({
      isDue() {
        if (Plotly === null || wanted === null || !inSight.has(plot) || !widths.get(plot)) return false;
        return drawn === null || !areSame(inputs(), drawn);
      },
      draw() {
        const isFirst = drawn === null;
        const hasOtherWidth = !isFirst && drawn?.[1] !== widths.get(plot);
        drawn = inputs();
        draw(Plotly, plot, wanted?.make());
        if (isFirst) {
          listen(Plotly, plot, heard);
          plot.on("plotly_afterplot", () => fade(plot, stressed));
        } else if (hasOtherWidth && plot.checkVisibility()) Plotly.Plots.resize(plot);
      },
    });

    return {
      show(inputs, make) {
        wanted = { inputs, make };
        queue.ask();
      },
      stress(names) {
        stressed = names;
        fade(plot, stressed);
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
      queue.ask();
    },
    recolour() {
      version += 1;
      queue.ask();
    },
  };
}

/** @typedef {ReturnType<typeof createFigures>} Figures */

/** Without drawing anything: the library keeps an element for each trace that has points, in their order. */
function fade(plot, stressed) {
  const isStressed = ({ meta = [] }) => stressed === null || stressed.some((name) => meta.includes(name));
  const traces = plot.data?.filter((/** @type {any} */ { x }) => x.length > 0);
  plot.querySelectorAll(".scatterlayer > .trace").forEach((node, index) => {
    node.classList.toggle("faded", !isStressed(traces[index]));
  });
}

function listen(Plotly, plot, { onClick, onHover, onZoom, onPinch }) {
  const inUnits = (/** @type {number[]} */ range) => range.map((end) => plot.layout.meta.unit * end);
  const isPinched = onPinch ? listenToPinch(Plotly, plot, (range) => onPinch(inUnits(range))) : () => false;
  if (onHover) {
    plot.on("plotly_hover", ({ points }) => onHover(points[0].data.meta ?? null));
    plot.on("plotly_unhover", () => onHover(null));
  }
  if (onClick) {
    plot.on("plotly_click", ({ points }) => {
      const [{ customdata }] = points;
      if (customdata !== undefined && !isPinched()) onClick(customdata); // a mark stands for no record
    });
  }
  if (!onZoom) return;
  plot.on("plotly_relayout", (change) => {
    const [low, high] = [change["xaxis.range[0]"], change["xaxis.range[1]"]];
    if (typeof low === "number" && typeof high === "number") onZoom(inUnits([low, high]));
  });
  plot.on("plotly_doubleclick", () => isPinched() || onZoom(null));
}
