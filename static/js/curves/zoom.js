/**
 * Zooming into long curves and smoothing them: the part in sight is asked for again, so that it has points of its own and
 * averages over all of them. Knows no DOM.
 */

import { originOf } from "./origin.js";

/**
 * @typedef {import("../tracked.js").Tracked} Tracked
 * @typedef {import("./curve.js").Curve} Curve
 * @typedef {ReturnType<typeof createZoom>} Zoom
 * @typedef {import("../api.js").Part} Part
 * @param {(runId: string, metrics: string[], part: Part) => Promise<Record<string, Curve>>} load
 * @param {() => void} onChange  called when there is something else to draw
 */
export function createZoom(load, onChange) {
  /** @type {[number, number] | null} */
  let range = null;
  let owner = "";
  let version = 0;
  /** @type {Map<string, { key: string, curve: Curve | null }>} */
  const parts = new Map(); // by run and metric, the last one asked for; null until it is there

  /**
   * @param {string} id
   * @param {string} key
   * @param {Parameters<typeof load>} request
   */
  async function ask(id, key, request) {
    parts.set(id, { key, curve: null });
    const curves = await load(...request).catch(() => null); // the coarse curve stays
    if (curves === null || parts.get(id)?.key !== key) return;
    parts.set(id, { key, curve: curves[request[1][0]] });
    version += 1;
    onChange();
  }

  return {
    /** @param {[number, number] | null} next  of the horizontal axis that is in sight, null for all of it */
    to(next) {
      range = next;
      version += 1;
      onChange();
    },
    /**
     * The range in sight; all of it as soon as it belongs to another owner.
     * @param {string} next  what is drawn, and on which axes
     */
    rangeOf(next) {
      if (next !== owner) [owner, range] = [next, null];
      return range;
    },
    /** Changes with everything that `detailed` depends on besides its arguments. */
    get version() {
      return version;
    },
    /**
     * The run with the part in sight of a metric's older points as fine as the server draws it, and smoothed over those
     * left out, once it is there.
     * @template {Tracked} T
     * @param {T} tracked
     * @param {string} metric
     * @param {import("./axes.js").Axis} axis
     * @param {number} [smoothing]
     * @returns {T}
     */
    detailed(tracked, metric, axis, smoothing = 0) {
      const { run, history } = tracked;
      const older = history[metric];
      if ((range === null && smoothing === 0) || run === null || !older?.upTo || !isThinned(older.curve)) return tracked;
      const id = `${run.run_id} ${metric}`;
      const part = { ...boundsOf(axis, range, originOf(tracked)), smoothing, up_to: older.upTo };
      const key = JSON.stringify(part);
      const known = parts.get(id);
      if (known?.key !== key) ask(id, key, [run.run_id, [metric], part]);
      else if (known.curve) return { ...tracked, history: { ...history, [metric]: { ...older, curve: known.curve } } };
      return tracked;
    },
  };
}

/** The server chose these from more. */
function isThinned({ total = 0, episode }) {
  return total > episode.length;
}

/** The range in sight as the server counts; nothing for all of it. */
function boundsOf(axis, range, startedAt) {
  if (range === null) return {};
  const [from, to] = axis.bounds(range, startedAt);
  return { axis: axis.name, from, to };
}
