/** The inspector: a dialog with the figure, summary and trades of one episode or evaluation, and ways to its neighbours. */

import { byId, element, setAttribute, setText } from "../dom.js";
import { runName } from "../labels.js";
import { setAvailable } from "../unavailable.js";
import { alignment, ALONE } from "./alignment.js";
import { fetchCandles, fetchInspected } from "./api.js";
import { createBeside, refusalOf } from "./beside.js";
import { columnsOf } from "./columns.js";
import { actionDifference, differenceText } from "./comparison.js";
import { factsOf, KINDS, neighbours } from "./kinds.js";
import { createPanes, setPanes } from "./panes.js";
import { tradeTexts } from "./price.js";
import { returnFocus } from "./return_focus.js";
import { renderTables } from "./tables.js";

const PLACES = ["inspector", "beside"];

/**
 * @param {{ state: import("../reducer.js").State, invalidate: () => void }} store
 * @param {import("../figures.js").Figures} figures
 * @param {(opened: import("../reducer.js").Opened | null) => void} onOpen  asks for another one, or for none
 */
export function createInspector(store, figures, onOpen) {
  const dialog = byId("inspector");
  const panes = createPanes(figures, (opened) => titleOf(store.state, opened), remember);
  const beside = createBeside(store, onOpen);
  let wanted = ""; // what is asked for: an answer to anything else comes too late
  /** @type {any[]} the one that was opened, and the one beside it */
  let shown = [];
  let filledWith = ""; // which that is: until the answer has come, not what is asked for
  let summedUp = ""; // with what else is known: catalog and run may come after the episodes
  let putAway = 0; // how often the page closed the dialog itself without having heard of it yet

  returnFocus(dialog);
  dialog.addEventListener("close", () => {
    if (putAway > 0) putAway -= 1;
    else if (store.state.opened !== null) onOpen(null);
  });
  byId("inspector-close").addEventListener("click", () => onOpen(null));
  for (const side of /** @type {const} */ (["previous", "next"])) {
    byId(`inspector-${side}`).addEventListener("click", () => walk(side));
  }
  byId("inspector-retry").addEventListener("click", () => load(store.state));

  function walk(/** @type {"previous" | "next"} */ side) {
    const { opened } = store.state;
    const number = opened && neighbours(store.state)[side];
    if (opened && number) onOpen(withBars({ ...opened, number }, null));
  }

  /** The bars in sight are part of the address. */
  function remember(/** @type {import("./columns.js").Range | null} */ bars) {
    if (store.state.opened !== null) onOpen(withBars(store.state.opened, bars));
  }

  async function load(state) {
    const { shownRunId, opened } = state;
    const asked = key(state);
    wanted = asked;
    setStatus(filledWith === "" ? "loading" : "replacing", "");
    const wished = sideBySide(opened);
    const candles = setPanes(wished.length);
    const [own, other] = await Promise.allSettled(wished.map((one) => fetchShown(shownRunId, one, candles)));
    if (wanted !== asked || key(store.state) !== asked) return; // what is wanted by now may not have been drawn
    if (own.status === "rejected") return fail(own.reason);
    fill(other?.status === "fulfilled" ? [own.value, other.value] : [own.value]);
    if (other?.status !== "rejected") return;
    const episodes = store.state.run?.episodes;
    beside.refuse((episodes && refusalOf(String(opened.beside), episodes)) || other.reason.message);
  }

  function fail(/** @type {Error} */ { message }) {
    forget();
    setStatus("error", message);
  }

  function fill(answers) {
    shown = answers;
    filledWith = wanted;
    setStatus("ready", "");
    renderTables(shown);
    sumUp(store.state);
  }

  function sumUp({ catalog, run, opened: { bars = null } }) {
    shown.forEach(({ opened, answer }, index) => {
      const { first, rest } = factsOf(KINDS[opened.kind], answer, catalog);
      byId(`${PLACES[index]}-summary`).replaceChildren(...first.map(createFact));
      byId(`${PLACES[index]}-figures`).replaceChildren(...rest.map(createFact));
    });
    panes.show(aligned(shown, run?.config.no_trade_band ?? null), bars);
    summedUp = known(store.state);
  }

  function forget() {
    shown = [];
    filledWith = "";
    panes.show([], null);
  }

  function close() {
    wanted = "";
    forget();
    if (!dialog.open) return;
    putAway += 1;
    dialog.close();
  }

  return {
    /** @param {import("../reducer.js").State} state */
    render(state) {
      if (state.opened === null || state.shownRunId === null) return close();
      if (!dialog.open) dialog.showModal();
      setText(byId("inspector-title"), titleOf(state, state.opened));
      const { previous, next } = neighbours(state);
      setAvailable(byId("inspector-previous"), previous !== null);
      setAvailable(byId("inspector-next"), next !== null);
      beside.render(state);
      if (wanted !== key(state)) load(state);
      else if (filledWith !== wanted) return;
      else if (summedUp !== known(state)) sumUp(state);
      else panes.zoom(state.opened.bars ?? null);
    },
    use: panes.use,
    recolour: panes.recolour,
  };
}

async function fetchShown(runId, opened, most) {
  const [answer, { candles, reason }] = await Promise.all([
    fetchInspected(runId, opened),
    fetchCandles(runId, opened, most),
  ]);
  const { trades, series } = answer;
  const texts = tradeTexts(series.time_ms.length, trades);
  return { runId, opened, answer, trades, texts, columns: columnsOf(series), candles, reason };
}

function key({ shownRunId, opened }) {
  return opened === null ? "" : [shownRunId, opened.kind, opened.number, opened.beside].join(" ");
}

/** @returns {import("../reducer.js").Opened} */
function withBars({ bars: before, ...opened }, bars) {
  return bars === null ? opened : { ...opened, bars };
}

/** @returns {import("../reducer.js").Opened[]} */
function sideBySide({ beside, bars, ...opened }) {
  return beside ? [opened, { ...opened, number: beside }] : [opened];
}

/** With the run: a link from a comparison may lead to any of several. */
function titleOf(state, { kind, number }) {
  const own = KINDS[kind].title(state, number);
  return state.run ? `${own} · ${runName(state.run, state.labels)}` : own;
}

/** Each in its place, and where the two act differently; the no-trade band is what does not count as different. */
function aligned(answers, tolerance) {
  const [one, other] = answers.map(({ columns }) => columns);
  const found = other ? alignment(one, other) : ALONE;
  const difference = other && tolerance !== null ? actionDifference(one, other, found, tolerance) : null;
  setText(byId("inspector-difference"), difference ? differenceText(difference, found, tolerance) : "");
  return answers.map((answer, index) => ({ ...answer, difference, offset: found.offsets[index] }));
}

function known({ catalog, run }) {
  return `${catalog !== null} ${run?.config.no_trade_band}`;
}

/** What is shown stays until another one takes its place: with it, the focus in it and how far down one is. */
function setStatus(status, message) {
  byId("inspector-body").hidden = status === "loading" || status === "error";
  setAttribute(byId("inspector-body"), "aria-busy", status === "replacing" ? "true" : null);
  byId("inspector-loading").hidden = status !== "loading";
  byId("inspector-error").hidden = status !== "error";
  setText(byId("inspector-error-text"), message);
}

function createFact({ label, value, help }) {
  return element("div", { class: "fact", title: help }, element("dt", {}, label), element("dd", {}, value));
}
