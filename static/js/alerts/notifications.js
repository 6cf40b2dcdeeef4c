/** Notifications of the browser for those who look elsewhere: asked for by a click, and never otherwise. */

import { byId, setText } from "../dom.js";
import { remember, remembered } from "../memory.js";

const NAME = "notifications";

/**
 * @param {(alert: import("./alerts.js").Alert) => void} onOpen  called with the one that was clicked
 * @returns {(alert: import("./alerts.js").Alert) => void} shows it, if that is wanted and the page is out of sight
 */
export function createNotifications(onOpen) {
  const box = byId("alerts-notify");
  const isSupported = "Notification" in window;
  box.disabled = !isSupported;
  box.checked = isSupported && remembered(NAME) === "on" && Notification.permission === "granted";
  box.addEventListener("change", async () => {
    const isAllowed = box.checked && (await Notification.requestPermission()) === "granted";
    turn(isAllowed, box.checked && !isAllowed ? "The browser does not allow notifications from this address." : "");
  });

  function turn(/** @type {boolean} */ isOn, /** @type {string} */ refusal) {
    setText(byId("alerts-refused"), refusal);
    box.checked = isOn;
    remember(NAME, isOn ? "on" : "off");
  }

  return (alert) => {
    if (!box.checked || (document.visibilityState === "visible" && document.hasFocus())) return;
    const shown = notification(`Warmgate: ${alert.level}`, { body: alert.text, tag: alert.key });
    if (shown === null) return turn(false, "This browser shows notifications of installed apps only.");
    shown.addEventListener("click", () => {
      window.focus();
      onOpen(alert);
      shown.close();
    });
  };
}

/** Null where the browser has them for service workers only, which it tells in no other way than by throwing. */
function notification(/** @type {string} */ title, /** @type {NotificationOptions} */ options) {
  try {
    return new Notification(title, options);
  } catch {
    return null;
  }
}
