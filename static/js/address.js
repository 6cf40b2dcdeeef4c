/**
 * Keeps the address in step with what is shown.
 *
 * A changed address is announced only later, and a frame may be drawn in between: until it has been followed it is
 * what somebody asked for, and is never overwritten.
 */

import { readRoute, writeRoute } from "./route.js";

const REWRITE_MS = 300; // browsers refuse an address that is rewritten with every movement of a slider

/** @param {{ location: { hash: string }, history: { replaceState: (data: any, unused: string, url: string) => void } }} browser */
export function createAddress({ location, history }) {
  let followed = location.hash;
  let rewrittenAt = -Infinity;

  return {
    /** What the address asks for. */
    follow() {
      followed = location.hash;
      return readRoute(followed);
    },
    /**
     * Names what is shown also where nobody chose it, so that a reload and a copied link show the same.
     * @param {import("./reducer.js").State} state
     * @param {number} [now]  milliseconds
     */
    show({ shownRunId, opened, view }, now = performance.now()) {
      const wanted = writeRoute({ runId: shownRunId, opened, view });
      if (shownRunId === null || location.hash !== followed || followed === wanted) return;
      if (now - rewrittenAt < REWRITE_MS) return; // a later frame does it: the page's clock draws one a second
      rewrittenAt = now;
      history.replaceState(null, "", wanted);
      followed = location.hash;
    },
  };
}
