/** The pages of the dashboard: one is in sight, and the links to them keep the rest of the view. */

import { byId, setAttribute } from "./dom.js";
import { routeTo } from "./route.js";

/** @returns {(state: import("./reducer.js").State) => void} the view */
export function createPages() {
  const pages = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-page]")]);
  const links = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-page-link]")]);
  let shown = pages.find((page) => !page.hidden)?.dataset.page;

  byId("skip").addEventListener("click", (/** @type {Event} */ event) => {
    event.preventDefault(); // the address says what is shown
    byId("main").focus();
  });

  return (state) => {
    for (const page of pages) page.hidden = page.dataset.page !== state.view.page;
    for (const link of links) {
      const name = /** @type {import("./view.js").PageName} */ (link.dataset.pageLink);
      setAttribute(link, "href", routeTo(state, { view: { page: name } }));
      setAttribute(link, "aria-current", name === state.view.page ? "page" : null);
    }
    if (shown !== state.view.page) scrollTo(0, 0);
    shown = state.view.page;
  };
}
