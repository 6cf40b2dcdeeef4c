/** Hears the keyboard for the page's shortcuts, never while somebody types; and the sheet that lists them. */

import { byId, element } from "../dom.js";
import { remember, remembered } from "../memory.js";
import { createReader, KEY_NAMES, SHORTCUTS } from "./shortcuts.js";

const NAME = "shortcuts";
const TYPED_INTO = "input:not([type=checkbox], [type=radio], [type=button]), select, textarea, [contenteditable]";
const ARROWS_MEAN_MORE = "input, [role=group][tabindex]";

/** @param {Record<string, () => void>} actions  by the name that the shortcuts give them */
export function createKeys(actions) {
  const sheet = byId("keys");
  const switchedOn = byId("keys-on");
  const read = createReader(SHORTCUTS);
  const all = { ...actions, sheet: showSheet };

  byId("keys-body").replaceChildren(...SHORTCUTS.map(createRow));
  byId("keys-open").addEventListener("click", showSheet);
  byId("keys-close").addEventListener("click", () => sheet.close());
  switchedOn.checked = remembered(NAME) !== "off";
  switchedOn.addEventListener("change", () => remember(NAME, switchedOn.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const where = whereIs();
    if (where === null || !switchedOn.checked || isForOthers(event)) return;
    const shortcut = read(event.key, where, event.timeStamp);
    if (shortcut === null) return;
    event.preventDefault();
    all[shortcut.action]();
  });

  function showSheet() {
    if (!sheet.open) sheet.showModal();
  }
}

/** Where the keyboard is: on the page, in the inspector, or in a dialog that has no shortcuts. */
function whereIs() {
  const dialogs = [...document.querySelectorAll("dialog[open]")];
  if (dialogs.length === 0) return "page";
  return dialogs.length === 1 && dialogs[0].id === "inspector" ? "inspector" : null;
}

function isForOthers({ key, target, altKey, ctrlKey, metaKey, repeat, isComposing }) {
  if (altKey || ctrlKey || metaKey || isComposing || !(target instanceof Element)) return true;
  if (target.closest(TYPED_INTO)) return true;
  if (key.startsWith("Arrow")) return target.closest(ARROWS_MEAN_MORE) !== null;
  return repeat;
}

function createRow({ keys, help, where }) {
  const caps = keys.flatMap((key, index) => [index > 0 ? " then " : null, element("kbd", {}, KEY_NAMES[key] ?? key)]);
  const place = where === "inspector" ? "in the inspector" : "";
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, ...caps),
    element("td", {}, help),
    element("td", { class: "muted" }, place),
  );
}
