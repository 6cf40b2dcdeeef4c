/** The episode inspector: a dialog with one episode's figure, summary and trades, and ways to its neighbours. */

import { fetchEpisode } from "./api.js";
import { byId, element, setText } from "./dom.js";
import { episodeFigure } from "./episode_figure.js";
import { number } from "./format.js";
import { metricTextWithUnit } from "./metrics.js";
import { draw, palette } from "./plot.js";
import { renderTrades } from "./trades.js";

const NEIGHBOUR_KEYS = { ArrowLeft: "inspector-previous", ArrowRight: "inspector-next" };

/**
 * @param {{ state: import("./reducer.js").State, invalidate: () => void }} store
 * @param {(episode: number | null) => void} onOpen  asks for another episode, or for none
 */
export function createInspector(store, onOpen) {
  const dialog = byId("inspector");
  /** @type {any} */
  let Plotly = null;
  /** What is asked for and what has come. */
  let wanted = "";
  /** @type {any} */
  let shown = null;

  dialog.addEventListener("close", () => store.state.openEpisode !== null && onOpen(null));
  byId("inspector-close").addEventListener("click", () => dialog.close());
  byId("inspector-previous").addEventListener("click", () => onOpen(neighbours(store.state).previous));
  byId("inspector-next").addEventListener("click", () => onOpen(neighbours(store.state).next));
  byId("inspector-retry").addEventListener("click", () => load(store.state));
  dialog.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
    if (!event.altKey && !event.ctrlKey && !event.metaKey) byIdOrNull(NEIGHBOUR_KEYS[event.key])?.click();
  });

  async function load({ shownRunId, openEpisode }) {
    const asked = `${shownRunId} ${openEpisode}`;
    wanted = asked;
    setStatus("loading", "");
    try {
      const answer = await fetchEpisode(shownRunId, openEpisode);
      if (wanted === asked) fill(answer);
    } catch (error) {
      if (wanted === asked) setStatus("error", /** @type {Error} */ (error).message);
    }
  }

  function fill(answer) {
    shown = answer;
    setStatus("ready", "");
    byId("inspector-summary").replaceChildren(...summary(answer.episode, store.state.catalog?.metrics ?? []));
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
      if (state.openEpisode === null || state.shownRunId === null) return close();
      if (!dialog.open) dialog.showModal();
      setText(byId("inspector-title"), `Episode ${state.openEpisode}`);
      const { previous, next } = neighbours(state);
      byId("inspector-previous").disabled = previous === null;
      byId("inspector-next").disabled = next === null;
      if (wanted !== `${state.shownRunId} ${state.openEpisode}`) load(state);
    },
    /** @param {any} library */
    use(library) {
      Plotly = library;
      drawFigure();
    },
    recolour: drawFigure,
  };
}

function neighbours({ episodes, openEpisode }) {
  const has = (wanted) => episodes.some(({ episode }) => episode === wanted);
  const near = (wanted) => (has(wanted) ? wanted : null);
  return { previous: near(openEpisode - 1), next: near(openEpisode + 1) };
}

function setStatus(status, message) {
  byId("inspector-body").hidden = status !== "ready";
  byId("inspector-loading").hidden = status !== "loading";
  byId("inspector-error").hidden = status !== "error";
  setText(byId("inspector-error-text"), message);
}

function summary(episode, metrics) {
  const facts = [
    ["Phase", episode.phase === "warmup" ? "warm-up" : "learning", ""],
    ["Steps", number(episode.steps), episode.gated_steps ? `${number(episode.gated_steps)} of them gated` : ""],
    ["Ruined", episode.terminated ? "yes" : "no", "Equity fell to the ruin level and ended the episode."],
    ...metrics.map((metric) => [metric.label, metricTextWithUnit(metric, episode[metric.name]), metric.help]),
  ];
  return facts.map(([label, value, title]) =>
    element("div", { class: "fact", title }, element("dt", {}, label), element("dd", {}, value)),
  );
}

function byIdOrNull(id) {
  return id ? byId(id) : null;
}
