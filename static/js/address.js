/**
 * Keeps the address in step with what is shown, and the browser's history such that Back returns to where one was.
 *
 * A changed address is announced only later, and a frame may be drawn in between: until it has been followed it is
 * what somebody asked for, and is never overwritten.
 */

import { readRoute, writeRoute } from "./route.js";

const REWRITE_MS = 300; // browsers refuse an address that is rewritten with every movement of a slider

/**
 * @param {{ location: { hash: string }, history: Pick<History, "state" | "back" | "pushState" | "replaceState">,
 *   scrollY: number, scrollTo: (x: number, y: number) => void }} browser
 * @param {() => void} onDue  called when what was shown too soon after the last rewrite may be shown again
 */
export function createAddress(browser, onDue) {
  const { location, history } = browser;
  let followed = location.hash;
  let rewrittenAt = -Infinity;
  let isPutOff = false;
  let isLeaving = false;
  let awaited = ""; // opened while the browser was about to go back, which would take it along
  /** @type {Map<string, number>} */
  const scrolled = new Map(); // how far down each address was when it was left
  let wantedY = -1;

  function rewrite(/** @type {string} */ hash) {
    history.replaceState(history.state, "", hash);
    followed = location.hash;
  }

  function putOff(/** @type {number} */ delayMs) {
    if (isPutOff) return;
    isPutOff = true;
    setTimeout(() => {
      isPutOff = false;
      onDue();
    }, delayMs);
  }

  function push(/** @type {string} */ hash) {
    scrolled.set(followed, browser.scrollY);
    history.pushState({ isEntered: true }, "", hash);
    followed = location.hash;
  }

  return {
    /** What the address asks for. */
    follow() {
      isLeaving = false;
      const isBack = history.state !== null;
      if (location.hash !== followed) {
        scrolled.set(followed, browser.scrollY);
        wantedY = isBack && awaited === "" ? (scrolled.get(location.hash) ?? -1) : -1;
      }
      followed = location.hash;
      if (!isBack) history.replaceState({}, ""); // one that is met again has been here
      if (isBack && awaited !== "") push(awaited);
      awaited = "";
      return readRoute(followed);
    },
    /**
     * Opens something over the page, which Back closes.
     * @param {string} hash
     */
    enter(hash) {
      if (isLeaving) awaited = hash;
      else push(hash);
    },
    /**
     * Something else in the place of what is open.
     * @param {string} hash
     */
    rewrite(hash) {
      if (awaited === "") rewrite(hash);
      else awaited = hash;
    },
    /**
     * Closes what is open: back to where it was opened from, if it was opened here.
     * @param {string} hash  of the page without it
     */
    leave(hash) {
      awaited = "";
      if (isLeaving) return;
      if (!history.state?.isEntered) return rewrite(hash);
      isLeaving = true; // the browser goes back some time later
      history.back();
    },
    /**
     * Names what is shown also where nobody chose it, so that a reload and a copied link show the same.
     * @param {import("./reducer.js").State} state
     * @param {number} [now]  milliseconds
     */
    show({ shownRunId, opened, view }, now = performance.now()) {
      const wanted = writeRoute({ runId: shownRunId, opened, view });
      if (isLeaving || shownRunId === null || location.hash !== followed || followed === wanted) return;
      const restMs = rewrittenAt + REWRITE_MS - now;
      if (restMs > 0) return putOff(restMs);
      rewrittenAt = now;
      rewrite(wanted);
    },
    /**
     * The same without delay, before one goes elsewhere: Back returns to what was shown last.
     * @param {import("./reducer.js").State} state
     */
    settle(state) {
      rewrittenAt = -Infinity;
      this.show(state);
    },
    /** Scrolls to where one was, once the page that one came back to is drawn. */
    scrollBack() {
      if (wantedY >= 0) browser.scrollTo(0, wantedY);
      wantedY = -1;
    },
  };
}
