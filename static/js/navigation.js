/** How one gets from place to place: links, keys and presses on charts all lead here, and the address follows them. */

import { createAddress } from "./address.js";
import { readRoute, routeTo } from "./route.js";

/** @typedef {import("./reducer.js").Opened} Opened */

/** @param {{ state: import("./reducer.js").State, dispatch: (action: any) => void, invalidate: () => void }} store */
export function createNavigation(store) {
  const address = createAddress(window, store.invalidate);

  function follow() {
    store.dispatch({ type: "route", ...address.follow() });
  }

  /** At once: the next key may be pressed before the browser announces another address. */
  function go(/** @type {string} */ hash) {
    address.settle(store.state);
    location.hash = hash;
    follow();
  }

  function followLink(/** @type {MouseEvent} */ event) {
    const { target, button, ctrlKey, metaKey, shiftKey, altKey } = event;
    if (event.defaultPrevented || button !== 0 || ctrlKey || metaKey || shiftKey || altKey) return;
    const link = target instanceof Element ? target.closest('a[href^="#"]') : null;
    if (link === null) return;
    event.preventDefault();
    go(String(link.getAttribute("href")));
  }

  /**
   * Opens it over the page, or closes what is open. That is one step of the browser's history, whatever one walks to
   * from there.
   * @param {Opened | null} opened
   * @param {string | null} [runId]
   */
  function open(opened, runId = store.state.shownRunId) {
    const before = store.state.opened;
    address.settle(store.state);
    const hash = routeTo(store.state, { runId, opened });
    store.dispatch({ type: "route", ...readRoute(hash) });
    if (opened === null) address.leave(hash);
    else if (before === null) address.enter(hash);
    else address.rewrite(hash);
  }

  function openEpisodeOf(/** @type {string} */ runId, /** @type {number} */ number) {
    open({ kind: "episode", number }, runId);
  }

  return {
    go,
    open,
    openEpisode: (/** @type {number} */ number) => open({ kind: "episode", number }),
    openEpisodeOf,
    openEvaluation: (/** @type {number} */ number) => open({ kind: "evaluation", number }),
    /** The episode that an alert is about, or else its run. */
    openAlert(/** @type {string | null} */ runId, /** @type {number | null} */ episode) {
      if (episode === null) go(routeTo(store.state, { runId, view: { page: "run" } }));
      else openEpisodeOf(String(runId), episode);
    },
    views: [address.show, address.scrollBack],
    start() {
      addEventListener("hashchange", follow);
      addEventListener("click", followLink);
      addEventListener("pageshow", () => (history.scrollRestoration = "manual")); // pages are longer only once drawn
      addEventListener("pagehide", () => (history.scrollRestoration = "auto"));
      follow();
    },
  };
}
