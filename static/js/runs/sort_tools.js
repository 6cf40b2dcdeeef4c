/** The order of the runs on a phone, where the table has no heads: a column to sort by, and a button to turn it round. */

import { byId, element, setText } from "../dom.js";
import { COLUMNS } from "./columns.js";
import { turned } from "./rows.js";

/**
 * @param {{ state: import("../reducer.js").State, dispatch: (action: any) => void }} store
 * @returns {(state: Pick<import("../reducer.js").State, "view">) => void} the view
 */
export function createSortTools(store) {
  const column = byId("runs-sort");
  const turn = byId("runs-turn");
  const sortBy = (/** @type {string} */ sort) => store.dispatch({ type: "view", change: { sort } });
  column.replaceChildren(...COLUMNS.map(({ name, head }) => element("option", { value: name }, head)));
  column.addEventListener("change", () => sortBy(turned("", column.value)));
  turn.addEventListener("click", () => sortBy(turned(store.state.view.sort, column.value)));

  return ({ view: { sort } }) => {
    const own = sort.replace(/^-/, "");
    column.value = COLUMNS.some(({ name }) => name === own) ? own : "started";
    setText(turn, sort.startsWith("-") ? "Descending" : "Ascending");
  };
}
