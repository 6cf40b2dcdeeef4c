/**
 * Keeps the address in step with what is shown.
 *
 * A changed address is announced only later, and a frame may be drawn in between: until it has been followed it is
 * what somebody asked for, and is never overwritten.
 */

import { readRoute, writeRoute } from "./route.js";

/** @param {{ location: { hash: string }, history: { replaceState: (data: any, unused: string, url: string) => void } }} browser */
export function createAddress({ location, history }) {
  let followed = location.hash;

  return {
    /** What the address asks for. */
    follow() {
      followed = location.hash;
      return readRoute(followed);
    },
    /**
     * Names what is shown also where nobody chose it, so that a reload and a copied link show the same.
     * @param {import("./reducer.js").State} state
     */
    show({ shownRunId, opened }) {
      const wanted = writeRoute(shownRunId, opened);
      if (shownRunId === null || location.hash !== followed || followed === wanted) return;
      history.replaceState(null, "", wanted);
      followed = location.hash;
    },
  };
}
