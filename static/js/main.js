/** Puts the page together: one store, the views that draw it, the network that feeds it, the address that steers it. */

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
import { createNavigation } from "./navigation.js";
import { loadPlotly } from "./plot.js";
import { createPress } from "./press.js";
import { initialState, reduce } from "./reducer.js";
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
const navigation = createNavigation(store);
const figures = createFigures();
const dataPanel = createDataPanel(figures);
const controls = createControls(store, dataPanel, navigation.go);
const inspector = createInspector(store, figures, navigation.open);
const alerts = createAlerts(store, navigation.openAlert);

for (const view of [
  createPages(),
  createViewInputs(store),
  createZoomButtons(store),
  renderConnection,
  createAnnouncer(),
  renderStatus,
  renderGate,
  controls.render,
  createCharts(store, figures, navigation.openEpisode),
  createEvaluations(navigation.openEvaluation),
  createEvaluationChart(store, figures, navigation.openEvaluation),
  createEpisodesTable(store, navigation.openEpisode),
  createRecentRuns(),
  createRunsPage(store, controls.copy),
  createComparePage(store, figures, navigation.openEpisodeOf),
  createCheckpoints(store, controls.fork),
  createTakeAway(),
  createInterventions(store),
  alerts.render,
  inspector.render,
  ...navigation.views,
]) {
  store.show(view);
}

function setConnection(/** @type {boolean} */ isConnected) {
  store.dispatch({ type: "connection", isConnected, at: Date.now() });
  if (!isConnected) return;
  sync.refresh({ isAfterGap: true });
  dataPanel.retry();
}

const drawn = [figures, inspector];
createKeys(createActions(store, navigation.go, navigation.openEpisode));
createMachine(store);
createPageTitle(store, alerts.count);
createPress(store);
muteUnavailable();
createTheme(() => drawn.forEach((one) => one.recolour()));
navigation.start();
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
