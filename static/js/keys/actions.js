/** What each shortcut does: mostly what a button or a link of the page does. */

import { byId } from "../dom.js";
import { routeTo } from "../route.js";
import { isActive, obstacleTo } from "../standing.js";

/**
 * @param {{ state: import("../reducer.js").State, afterDrawing: (act: () => void) => void }} store
 * @param {(hash: string) => void} go
 * @param {(episode: number) => void} onOpen
 * @returns {Record<string, () => void>}
 */
export function createActions(store, go, onOpen) {
  const goTo = (/** @type {import("../view.js").PageName} */ page) => () => go(routeTo(store.state, { view: { page } }));
  const zoom = (/** @type {string} */ order) => () => {
    const buttons = /** @type {HTMLElement[]} */ ([...document.querySelectorAll(`[data-zoom=${order}]`)]);
    buttons.find((button) => button.checkVisibility())?.click();
  };
  const press = (/** @type {string} */ id) => () => byId(id).click();
  /** What is done to the shown run, where one sees it. */
  const toRun = (/** @type {(run: import("../reducer.js").Run) => void} */ act) => () => {
    const { run, view } = store.state;
    if (run !== null && view.page === "run") act(run);
  };

  return {
    run: goTo("run"),
    runs: goTo("runs"),
    compare: goTo("compare"),
    search() {
      goTo("runs")();
      store.afterDrawing(() => byId("runs-find").focus());
    },
    newest: toRun(({ episodes }) => episodes > 0 && onOpen(episodes)),
    pause: toRun((run) => {
      if (isActive(run)) byId(obstacleTo("pause", store.state) === "" ? "pause" : "resume").click();
    }),
    closer: zoom("in"),
    farther: zoom("out"),
    whole: zoom("all"),
    alerts: press("alerts-open"),
    theme: press("theme"),
    previous: press("inspector-previous"),
    next: press("inspector-next"),
    beside: () => byId("inspector-beside").focus(),
  };
}
