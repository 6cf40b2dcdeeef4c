/**
 * The panel of alerts: newest first, each dismissible, serious ones counted in the page's header. What calls for
 * attention in the run that is being trained, or was last, is among them also while another one is shown.
 */

import { arrange, byId, element, setText } from "../dom.js";
import { leaveItem } from "../focus.js";
import { counted, minute, number } from "../format.js";
import { runName } from "../labels.js";
import { remember, remembered } from "../memory.js";
import { areSame } from "../same.js";
import { alertsOf, isSerious, together, withDismissed } from "./alerts.js";
import { createNotifications } from "./notifications.js";
import { createSound } from "./sound.js";
import { createWatch } from "./watch.js";

const DISMISSED = "dismissed";

/**
 * @typedef {import("../reducer.js").State} State
 * @param {{ state: State, invalidate: () => void, afterDrawing: (act: () => void) => void,
 *   listen: (listener: (state: State) => void) => void }} store
 * @param {(runId: string | null, episode: number | null) => void} onOpen  shows the run, and the episode if it is known
 * @returns {{ render: (state: State) => void, count: (state: State) => number }} the view; and how many call for
 *   attention, also where no frames are drawn
 */
export function createAlerts(store, onOpen) {
  const beep = createSound();
  const notify = createNotifications(({ runId, episode }) => onOpen(runId, episode));
  const watch = createWatch(tell);
  let dismissed = readDismissed();
  /** @type {unknown[]} */
  let known = [];
  /** @type {import("./alerts.js").Alert[]} */
  let latest = [];
  /** @type {(import("./alerts.js").Alert & { link: string })[]} */
  let alerts = []; // those in the list
  /** @type {Map<string, any>} */
  let items = new Map(); // one that stays is not read out again

  store.listen(watch.look);
  byId("alerts-dismiss").addEventListener("click", () => {
    byId("alerts-title").focus();
    dismiss(alerts.map(({ key }) => key));
  });
  byId("alerts-open").addEventListener("click", () => {
    onOpen(store.state.shownRunId, null);
    store.afterDrawing(() => {
      byId("alerts").scrollIntoView({ block: "center" });
      byId("alerts-title").focus({ preventScroll: true });
    });
  });

  function dismiss(keys) {
    dismissed = withDismissed(dismissed, keys);
    remember(DISMISSED, JSON.stringify(dismissed));
    store.invalidate();
  }

  function fill() {
    items = new Map(alerts.map((alert) => [nameOf(alert), items.get(nameOf(alert)) ?? createItem(alert)]));
    arrange(byId("notices"), [...items.values()]);
    byId("notices-empty").hidden = alerts.length > 0;
    byId("alerts-dismiss").disabled = alerts.length === 0;
    const serious = alerts.filter(isSerious).length;
    setText(byId("alerts-count"), number(serious));
    byId("alerts-count").hidden = serious === 0;
    setText(byId("alerts-summary"), serious === 0 ? "" : `${counted(serious, "alert")} of the shown run and the last active one`);
  }

  function createItem({ runId, key, time, level, text, episode, link }) {
    const stamp = element("time", { datetime: time }, minute(time));
    const severity = element("span", { class: "alert-level" }, level);
    const words = element("span", { class: "notice-text" }, text);
    const away = element("button", { type: "button", class: "quiet", "aria-label": `Dismiss: ${text}` }, "✕");
    away.addEventListener("click", () => {
      leaveItem(away, byId("alerts-title"));
      dismiss([key]);
    });
    return element("li", { class: "notice", "data-level": level }, stamp, severity, createLink(link, runId, episode), away, words);
  }

  function createLink(text, runId, episode) {
    if (text === "") return null;
    const link = element("button", { type: "button", class: "quiet" }, text);
    link.addEventListener("click", () => onOpen(runId, episode));
    return link;
  }

  function tell(/** @type {import("./alerts.js").Alert} */ alert) {
    beep(/** @type {"warning" | "error"} */ (alert.level));
    notify(alert);
  }

  /** All that nobody has dismissed. */
  function look(/** @type {State} */ state) {
    const { run, episodes } = state;
    const other = watch.other(state);
    const inputs = [run?.notices, run?.status, episodes, other?.notices, other?.status, dismissed];
    if (areSame(inputs, known)) return latest;
    known = inputs;
    const all = together(alertsOf(run, episodes), alertsOf(other, []).filter(isSerious));
    latest = all.filter(({ key }) => !dismissed.includes(key));
    return latest;
  }

  function render(/** @type {State} */ state) {
    const next = look(state).map((alert) => ({ ...alert, link: linkText(state, alert) }));
    if (areSame(next.map(nameOf), alerts.map(nameOf))) return;
    alerts = next;
    fill();
  }

  return { render, count: (state) => look(state).filter(isSerious).length };
}

/** Where the alert leads: to an episode of the shown run, or to another run. */
function linkText({ shownRunId, runs, labels }, { runId, episode }) {
  if (runId === shownRunId) return episode === null ? "" : `Episode ${episode}`;
  const run = (runs ?? []).find((one) => one.run_id === runId);
  return run ? runName(run, labels) : runId;
}

/** What an alert looks like: where it leads may be known later, or change with the shown run. */
function nameOf({ key, link }) {
  return `${key} ${link}`;
}

/** @returns {string[]} */
function readDismissed() {
  try {
    const keys = JSON.parse(remembered(DISMISSED, "[]"));
    return Array.isArray(keys) ? keys.map(String) : [];
  } catch {
    return []; // somebody else wrote there
  }
}
