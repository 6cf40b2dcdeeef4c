/** The inspector: a dialog with the figure, summary and trades of one episode or evaluation, and ways to its neighbours. */

import { byId, element, setText } from "./dom.js";
import { episodeFigure } from "./episode_figure.js";
import { KINDS, neighbours } from "./inspected.js";
import { draw, palette } from "./plot.js";
import { renderTrades } from "./trades.js";

const NEIGHBOUR_KEYS = { ArrowLeft: "inspector-previous", ArrowRight: "inspector-next" };

/**
 * @param {{ state: import("./reducer.js").State, invalidate: () => void }} store
 * @param {(opened: import("./reducer.js").Opened | null) => void} onOpen  asks for another one, or for none
 */
export function createInspector(store, onOpen) {
  const dialog = byId("inspector");
  /** @type {any} */
  let Plotly = null;
  /** What is asked for and what has come. */
  let wanted = "";
  /** @type {any} */
  let shown = null;

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
      const answer = await KINDS[opened.kind].fetch(shownRunId, opened.number);
      if (wanted === asked) fill(answer, opened.kind);
    } catch (error) {
      if (wanted === asked) setStatus("error", /** @type {Error} */ (error).message);
    }
  }

  function fill(answer, kind) {
    shown = answer;
    setStatus("ready", "");
    byId("inspector-summary").replaceChildren(...KINDS[kind].facts(answer, store.state.catalog).map(createFact));
    renderTrades(answer.trades);
    drawFigure();
  }

  function drawFigure() {
    if (shown === null || Plotly === null || !dialog.open) return;
    const plot = byId("inspector-plot");
    draw(Plotly, plot, episodeFigure(shown.series, shown.trades, palette()));
    byId("inspector-gated-key").hidden = !shown.series.gated.some(Boolean);
  }

  function close() {
    wanted = "";
    shown = null;
    if (dialog.open) dialog.close();
  }

  return {
    /** @param {import("./reducer.js").State} state */
    render(state) {
      if (state.opened === null || state.shownRunId === null) return close();
      if (!dialog.open) dialog.showModal();
      setText(byId("inspector-title"), KINDS[state.opened.kind].title(state, state.opened.number));
      const { previous, next } = neighbours(state);
      byId("inspector-previous").disabled = previous === null;
      byId("inspector-next").disabled = next === null;
      if (wanted !== key(state.shownRunId, state.opened)) load(state);
    },
    /** @param {any} library */
    use(library) {
      Plotly = library;
      drawFigure();
    },
    recolour: drawFigure,
  };
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
