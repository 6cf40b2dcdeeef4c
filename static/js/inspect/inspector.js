/** The inspector: a dialog with the figure, summary and trades of one episode or evaluation, and ways to its neighbours. */

import { byId, element, setText } from "../dom.js";
import { fetchCandles, fetchInspected } from "./api.js";
import { columnsOf } from "./columns.js";
import { KINDS, neighbours } from "./kinds.js";
import { createPanes } from "./panes.js";
import { renderTables } from "./tables.js";

const NEIGHBOUR_KEYS = { ArrowLeft: "inspector-previous", ArrowRight: "inspector-next" };

/**
 * @param {{ state: import("../reducer.js").State, invalidate: () => void }} store
 * @param {(opened: import("../reducer.js").Opened | null) => void} onOpen  asks for another one, or for none
 */
export function createInspector(store, onOpen) {
  const dialog = byId("inspector");
  const panes = createPanes();
  let wanted = ""; // what is asked for: an answer to anything else comes too late
  /** @type {any} */
  let shown = null;
  /** @type {unknown} */
  let summedUp = null; // with the names of which catalog: it may come after the episode

  dialog.addEventListener("close", () => store.state.opened !== null && onOpen(null));
  byId("inspector-close").addEventListener("click", () => dialog.close());
  for (const side of /** @type {const} */ (["previous", "next"])) {
    byId(`inspector-${side}`).addEventListener("click", () => walk(side));
  }
  byId("inspector-retry").addEventListener("click", () => load(store.state));
  dialog.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (!event.altKey && !event.ctrlKey && !event.metaKey) byIdOrNull(NEIGHBOUR_KEYS[event.key])?.click();
  });

  function walk(/** @type {"previous" | "next"} */ side) {
    const { opened } = store.state;
    const number = opened && neighbours(store.state)[side];
    if (opened && number) onOpen({ kind: opened.kind, number });
  }

  async function load({ shownRunId, opened }) {
    const asked = key(shownRunId, opened);
    wanted = asked;
    setStatus("loading", "");
    try {
      const answer = await fetchShown(shownRunId, opened);
      if (wanted === asked) fill(answer);
    } catch (error) {
      if (wanted === asked) setStatus("error", /** @type {Error} */ (error).message);
    }
  }

  function fill(answer) {
    shown = answer;
    setStatus("ready", "");
    sumUp(store.state.catalog);
    renderTables(shown.answer);
    panes.show([shown]);
  }

  function sumUp(catalog) {
    const facts = KINDS[shown.opened.kind].facts(shown.answer, catalog);
    byId("inspector-summary").replaceChildren(...facts.map(createFact));
    summedUp = catalog;
  }

  function close() {
    wanted = "";
    shown = null;
    panes.show([]);
    if (dialog.open) dialog.close();
  }

  return {
    /** @param {import("../reducer.js").State} state */
    render(state) {
      if (state.opened === null || state.shownRunId === null) return close();
      if (!dialog.open) dialog.showModal();
      setText(byId("inspector-title"), KINDS[state.opened.kind].title(state, state.opened.number));
      const { previous, next } = neighbours(state);
      byId("inspector-previous").disabled = previous === null;
      byId("inspector-next").disabled = next === null;
      if (wanted !== key(state.shownRunId, state.opened)) load(state);
      else if (shown !== null && summedUp !== state.catalog) sumUp(state.catalog);
    },
    use: panes.use,
    recolour: panes.recolour,
  };
}

async function fetchShown(runId, opened) {
  const [answer, { candles, reason }] = await Promise.all([
    fetchInspected(runId, opened),
    fetchCandles(runId, opened, null),
  ]);
  return { runId, opened, answer, trades: answer.trades, columns: columnsOf(answer.series), candles, reason };
}

function key(runId, { kind, number }) {
  return `${runId} ${kind} ${number}`;
}

function setStatus(status, message) {
  byId("inspector-body").hidden = status !== "ready";
  byId("inspector-loading").hidden = status !== "loading";
  byId("inspector-error").hidden = status !== "error";
  setText(byId("inspector-error-text"), message);
}

function createFact([label, value, title]) {
  return element("div", { class: "fact", title }, element("dt", {}, label), element("dd", {}, value));
}

function byIdOrNull(id) {
  return id ? byId(id) : null;
}
