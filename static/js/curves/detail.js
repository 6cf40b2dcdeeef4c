/** The part of long curves in sight is asked for again, so that it has points of its own. Knows no DOM. */

import { isWhole } from "./curve.js";
import { originOf } from "./origin.js";

/**
 * @typedef {import("../tracked.js").Tracked} Tracked
 * @typedef {import("./curve.js").Curve} Curve
 * @typedef {ReturnType<typeof createDetail>} Detail
 * @typedef {import("../api.js").Part} Part
 * @param {(runId: string, metrics: string[], part: Part) => Promise<Record<string, Curve>>} load
 * @param {() => void} onChange  called when there is something else to draw
 */
export function createDetail(load, onChange) {
  let version = 0;
  /** @type {Map<string, { key: string, upTo: number, curve: Curve | null }>} */
  const parts = new Map(); // by run and metric, the last one asked for; null until it is there

  /**
   * @param {string} id
   * @param {Parameters<typeof load>} request
   */
  async function ask(id, ...request) {
    const part = parts.get(id);
    const { upTo } = part;
    const curves = await load(...request).catch(() => null);
    if (parts.get(id) !== part || part.upTo !== upTo) return;
    if (curves === null) {
      part.upTo = 0; // asked for again when there is something else to draw; until then the coarse curve stays
      return;
    }
    part.curve = { ...curves[request[1][0]], isPart: true };
    version += 1;
    onChange();
  }

  return {
    /** Changes with everything that `of` depends on besides its arguments. */
    get version() {
      return version;
    },
    /**
     * The run with the part in sight of a metric's older points as fine as the server draws it, once it is there.
     * @template {Tracked} T
     * @param {T} tracked
     * @param {string} metric
     * @param {import("./axes.js").Axis} axis
     * @param {import("../view.js").View["zoom"]} zoom
     * @returns {T}
     */
    of(tracked, metric, axis, zoom) {
      const { run, history } = tracked;
      const older = history[metric];
      if (zoom === null || run === null || !older || isWhole(older.curve)) return tracked;
      const [from, to] = axis.bounds(zoom, originOf(tracked));
      const { upTo, smoothing } = older;
      const id = `${run.run_id} ${metric}`;
      const key = [axis.name, from, to, smoothing, run.rewinds].join();
      if (parts.get(id)?.key !== key) parts.set(id, { key, upTo: 0, curve: null });
      const part = parts.get(id);
      if (upTo > 0 && part.upTo !== upTo) {
        part.upTo = upTo;
        ask(id, run.run_id, [metric], { axis: axis.name, from, to, up_to: upTo, smoothing });
      }
      if (part.curve === null) return tracked;
      return { ...tracked, history: { ...history, [metric]: { ...older, curve: part.curve } } };
    },
  };
}
