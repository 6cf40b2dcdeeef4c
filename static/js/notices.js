/** What the shown run had to say, newest first. */

import { byId, element } from "./dom.js";
import { clock } from "./format.js";

/** @returns {(state: import("./reducer.js").State) => void} the view */
export function createNotices() {
  /** @type {unknown} */
  let shown = null;
  return ({ run }) => {
    const notices = run?.notices ?? [];
    const key = `${run?.run_id} ${notices.length} ${notices.at(-1)?.time}`;
    if (key === shown) return;
    shown = key;
    byId("notices").replaceChildren(...notices.toReversed().map(createItem));
    byId("notices-empty").hidden = notices.length > 0;
  };
}

function createItem({ time, level, text }) {
  const stamp = element("time", { datetime: time }, clock(time));
  return element("li", { class: "notice", "data-level": level }, stamp, element("span", {}, text));
}
