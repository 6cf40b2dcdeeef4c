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
    setText(byId("alerts-refused"), box.checked && !isAllowed ? "The browser does not allow it for this address." : "");
    box.checked = isAllowed;
    remember(NAME, isAllowed ? "on" : "off");
  });

  return (alert) => {
    if (!box.checked || (document.visibilityState === "visible" && document.hasFocus())) return;
    const shown = new Notification(`Warmgate: ${alert.level}`, { body: alert.text, tag: alert.key });
    shown.addEventListener("click", () => {
      window.focus();
      onOpen(alert);
      shown.close();
    });
  };
}
