/** What the chosen bars look like before a run trains on them; asked for when a setting of the data has changed. */

import { fetchData } from "./api.js";
import { byId, element, setAttribute, setMessage, setText } from "./dom.js";
import { counted } from "./format.js";
import { inWords } from "./parameters.js";
import { palette } from "./plot.js";
import { previewFigure } from "./preview_figure.js";
import { period, previewLabel, refusal, understanding } from "./preview_text.js";
import { createSaveMenu } from "./save_image.js";

const SETTLE_MS = 200;

/** @param {import("./figures.js").Figures} figures */
export function createPreview(figures) {
  /** @type {any} */
  let shown = null;
  /** @type {(() => void) | null} */
  let again = null;
  let asked = 0;
  let timer = 0;
  const plot = byId("preview-plot");
  const chart = figures.create(plot);
  byId("preview-head").append(createSaveMenu(figures, plot, () => `Price of ${shown.summary.name}`));

  /**
   * Looks at these settings once they have settled; of several answers the one to the newest question is shown.
   * @param {Record<string, unknown>} config  the settings of the data
   * @param {string | null} name  what to call the bars, null for their own name
   * @param {Record<string, string>} labels  of all settings
   */
  function show(config, name, labels) {
    wait("");
    setAttribute(byId("preview"), "aria-busy", "true");
    timer = setTimeout(() => ask({ config, name, labels }, asked), SETTLE_MS);
  }

  /** Shows no bars but why there are none, or nothing. */
  function wait(/** @type {string} */ reason) {
    clearTimeout(timer);
    asked += 1;
    again = null;
    setAttribute(byId("preview"), "aria-busy", null);
    fail("");
    setMessage(byId("preview-note"), reason);
    if (reason !== "") byId("preview-body").hidden = true;
  }

  async function ask({ config, name, labels }, question) {
    try {
      const answer = await fetchData(config);
      if (question === asked) receive({ ...answer, summary: { ...answer.summary, name: name ?? answer.summary.name } });
    } catch (/** @type {any} */ error) {
      if (question !== asked) return;
      fail(inWords(error.message, labels));
      if (error.status === 0) again = () => show(config, name, labels);
    } finally {
      if (question === asked) setAttribute(byId("preview"), "aria-busy", null);
    }
  }

  function receive(/** @type {any} */ answer) {
    shown = answer;
    byId("preview-body").hidden = false;
    renderFacts(answer.summary);
    chart.show([answer], () => previewFigure(answer.preview, answer.summary.splits, palette()));
  }

  function fail(/** @type {string} */ message) {
    renderRefusal(byId("preview-error"), message);
    if (message !== "") byId("preview-body").hidden = true;
  }

  return {
    show,
    wait,
    /** Asks again where the server could not be reached. */
    retry: () => again?.(),
  };
}

/**
 * Shows a refusal with each of its faults on a line of its own; an empty message clears it.
 * @param {HTMLElement} container
 * @param {string} message
 */
export function renderRefusal(container, message) {
  const { heading, faults } = refusal(message);
  const list = element("ul", { class: "faults", tabindex: "0" }, ...faults.map((fault) => element("li", {}, fault)));
  container.replaceChildren(element("p", {}, heading), ...(faults.length > 0 ? [list] : []));
  container.hidden = message === "";
}

function renderFacts(summary) {
  setText(byId("preview-name"), summary.name);
  setText(byId("preview-bars"), `${counted(summary.rows, "bar")} of ${summary.frequency}`);
  setText(byId("preview-period"), period(summary));
  setText(byId("preview-understood"), understanding(summary));
  setAttribute(byId("preview-plot"), "aria-label", previewLabel(summary));
  byId("preview-windows").replaceChildren(...summary.splits.map(windowRow));
  byId("preview-remarks").replaceChildren(...summary.notes.map((note) => element("li", {}, note)));
  byId("preview-remarks").hidden = summary.notes.length === 0;
}

function windowRow(window) {
  const name = element("b", {}, window.name);
  const dates = element("span", { class: "period" }, period(window));
  return element("li", { "data-key": window.name }, name, ` ${counted(window.bars, "bar")} `, dates);
}
