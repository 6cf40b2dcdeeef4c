/** Puts the page together: one store, the views that draw it, the network that feeds it, the address that steers it. */

import { createAddress } from "./address.js";
import { createAlerts } from "./alerts/panel.js";
import { createAnnouncer } from "./announcer.js";
import { createCharts } from "./charts.js";
import { createCheckpoints } from "./checkpoints/panel.js";
import { createComparePage } from "./compare/page.js";
import { renderConnection } from "./connection.js";
import { createControls } from "./controls.js";
import { createZoomButtons } from "./curves/zoom.js";
import { createDataPanel } from "./data_panel.js";
import { byId } from "./dom.js";
import { createEpisodesTable } from "./episodes.js";
import { createEvaluationChart } from "./evaluation_chart.js";
import { createEvaluations } from "./evaluations.js";
import { createFigures } from "./figures.js";
import { renderGate } from "./gate.js";
import { createInspector } from "./inspect/inspector.js";
import { createInterventions } from "./intervene/panel.js";
import { createActions } from "./keys/actions.js";
import { createKeys } from "./keys/keys.js";
import { createMachine } from "./machine/panel.js";
import { listenLive } from "./network.js";
import { createPageTitle } from "./page_title.js";
import { createPages } from "./pages.js";
import { loadPlotly } from "./plot.js";
import { createPress } from "./press.js";
import { initialState, reduce } from "./reducer.js";
import { readRoute, routeTo } from "./route.js";
import { createRunsPage } from "./runs/page.js";
import { createRecentRuns } from "./runs/recent.js";
import { renderStatus } from "./status.js";
import { createStore } from "./store.js";
import { createSync } from "./sync.js";
import { createTakeAway } from "./take_away.js";
import { createTheme } from "./theme.js";
import { muteUnavailable } from "./unavailable.js";
import { createViewInputs } from "./view_inputs.js";

const CLOCK_MS = 1_000;
const POLL_MS = 3_000;

const { plotlyUrl, socketioUrl } = document.body.dataset;
const store = createStore(reduce, initialState());
const sync = createSync(store);
const address = createAddress(window, store.invalidate);
const figures = createFigures();
const dataPanel = createDataPanel(figures);
const controls = createControls(store, dataPanel, go);
const inspector = createInspector(store, figures, openOfShown);
const alerts = createAlerts(store, openAlert);

for (const view of [
  createPages(),
  createViewInputs(store),
  createZoomButtons(store),
  renderConnection,
  createAnnouncer(),
  renderStatus,
  renderGate,
  controls.render,
  createCharts(store, figures, openEpisode),
  createEvaluations(openEvaluation),
  createEvaluationChart(store, figures, openEvaluation),
  createEpisodesTable(store, openEpisode),
  createRecentRuns(),
  createRunsPage(store, controls.copy),
  createComparePage(store, figures, openEpisodeOf),
  createCheckpoints(store, controls.fork),
  createTakeAway(),
  createInterventions(store),
  alerts.render,
  inspector.render,
  address.show,
  address.scrollBack,
]) {
  store.show(view);
}

/** @param {import("./reducer.js").Opened | null} opened */
function openOfShown(opened) {
  openOf(String(store.state.shownRunId), opened);
}

/** What is opened is one step of the browser's history, whatever one walks to from there. */
function openOf(/** @type {string} */ runId, /** @type {import("./reducer.js").Opened | null} */ opened) {
  const before = store.state.opened;
  address.settle(store.state);
  const hash = routeTo(store.state, { runId, opened });
  store.dispatch({ type: "route", ...readRoute(hash) });
  if (opened === null) address.leave(hash);
  else if (before === null) address.enter(hash);
  else address.rewrite(hash);
}

function openEpisode(/** @type {number} */ number) {
  openOfShown({ kind: "episode", number });
}

function openEpisodeOf(/** @type {string} */ runId, /** @type {number} */ number) {
  openOf(runId, { kind: "episode", number });
}

function openAlert(/** @type {string | null} */ runId, /** @type {number | null} */ episode) {
  if (episode === null) go(routeTo(store.state, { runId, view: { page: "run" } }));
  else openEpisodeOf(String(runId), episode);
}

function openEvaluation(/** @type {number} */ number) {
  openOfShown({ kind: "evaluation", number });
}

/** As a link does, but at once: the next key may be pressed before the browser announces it. */
function go(/** @type {string} */ hash) {
  address.settle(store.state);
  location.hash = hash;
  followAddress();
}

/** Before a link leads away. */
function settleAddress(/** @type {MouseEvent} */ { target }) {
  if (target instanceof Element && target.closest('a[href^="#"]') !== null) address.settle(store.state);
}

function followAddress() {
  store.dispatch({ type: "route", ...address.follow() });
}

function setConnection(/** @type {boolean} */ isConnected) {
  store.dispatch({ type: "connection", isConnected, at: Date.now() });
  if (!isConnected) return;
  sync.refresh({ isAfterGap: true });
  dataPanel.retry();
}

const drawn = [figures, inspector];
createKeys(createActions(store, go, openEpisode));
createMachine(store);
createPageTitle(store, alerts.count);
createPress(store);
muteUnavailable();
createTheme(() => drawn.forEach((one) => one.recolour()));
addEventListener("hashchange", followAddress);
addEventListener("click", settleAddress, { capture: true });
addEventListener("pageshow", () => (history.scrollRestoration = "manual")); // the pages are longer only once drawn
addEventListener("pagehide", () => (history.scrollRestoration = "auto"));
followAddress();
sync.refresh();
setInterval(store.invalidate, CLOCK_MS);
setInterval(sync.poll, POLL_MS); // hidden as well, where alerts are told

let isDrawing = false;
store.listen(({ run, runs }) => {
  if (isDrawing || (run === null && runs === null)) return; // running the library would hold up the first answers
  isDrawing = true;
  loadPlotly(String(plotlyUrl)).then(
    (Plotly) => drawn.forEach((one) => one.use(Plotly)),
    (error) => {
      byId("charts-error").textContent = error.message;
      byId("charts-error").hidden = false;
    },
  );
});

listenLive(String(socketioUrl), {
  onConnection: setConnection,
  onEvent: (name, payload) => store.dispatch({ type: "event", name, payload, at: Date.now() }),
}).catch(() => setConnection(false));
