/** The panel of alerts: newest first, each dismissible, serious ones counted in the page's header. */

import { byId, element, setText } from "../dom.js";
import { clock, counted, number } from "../format.js";
import { remember, remembered } from "../memory.js";
import { routeTo } from "../route.js";
import { alertsOf, arrivals, isSerious, withDismissed } from "./alerts.js";
import { createNotifications } from "./notifications.js";
import { createSound } from "./sound.js";

const DISMISSED = "dismissed";

/**
 * @param {{ state: import("../reducer.js").State, invalidate: () => void }} store
 * @param {(episode: number) => void} onOpen
 * @returns {(state: import("../reducer.js").State) => void} the view
 */
export function createAlerts(store, onOpen) {
  const beep = createSound();
  const notify = createNotifications(({ episode }) => episode !== null && onOpen(episode));
  const heard = { runId: /** @type {string | null} */ (null), known: new Set() };
  let dismissed = readDismissed();
  /** @type {unknown[]} */
  let shown = [];
  /** @type {import("./alerts.js").Alert[]} */
  let alerts = [];

  byId("alerts-dismiss").addEventListener("click", () => dismiss(alerts.map(({ key }) => key)));
  byId("alerts-open").addEventListener("click", () => {
    location.hash = routeTo(store.state, { view: { page: "run" } });
    byId("alerts").scrollIntoView({ block: "center" });
    byId("alerts-title").focus({ preventScroll: true });
  });

  function dismiss(keys) {
    dismissed = withDismissed(dismissed, keys);
    remember(DISMISSED, JSON.stringify(dismissed));
    store.invalidate();
  }

  function fill() {
    byId("notices").replaceChildren(...alerts.map(createItem));
    byId("notices-empty").hidden = alerts.length > 0;
    byId("alerts-dismiss").disabled = alerts.length === 0;
    const serious = alerts.filter(isSerious).length;
    setText(byId("alerts-count"), number(serious));
    byId("alerts-count").hidden = serious === 0;
    setText(byId("alerts-summary"), serious === 0 ? "" : `${counted(serious, "alert")} of the shown run, see below`);
  }

  function createItem({ key, time, level, text, episode }) {
    const stamp = element("time", { datetime: time }, clock(time));
    const severity = element("span", { class: "alert-level" }, level);
    const words = element("span", { class: "alert-text" }, text);
    const away = element("button", { type: "button", class: "quiet", "aria-label": `Dismiss: ${text}` }, "✕");
    away.addEventListener("click", () => dismiss([key]));
    return element("li", { class: "notice", "data-level": level }, stamp, severity, createLink(episode), away, words);
  }

  function createLink(episode) {
    if (episode === null) return null;
    const link = element("button", { type: "button", class: "quiet" }, `Episode ${episode}`);
    link.addEventListener("click", () => onOpen(episode));
    return link;
  }

  return ({ run, episodes }) => {
    const inputs = [run?.notices, run?.status, episodes, dismissed];
    if (inputs.every((input, index) => input === shown[index]) && shown.length > 0) return;
    shown = inputs;
    const all = alertsOf(run, episodes);
    for (const alert of arrivals(heard, run?.run_id ?? null, all)) {
      beep(/** @type {"warning" | "error"} */ (alert.level));
      notify(alert);
    }
    const next = all.filter(({ key }) => !dismissed.includes(key));
    if (sameAlerts(next, alerts)) return;
    alerts = next;
    fill();
  };
}

function sameAlerts(some, others) {
  return (
    some.length === others.length &&
    some.every(({ key, episode }, index) => key === others[index].key && episode === others[index].episode)
  );
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
