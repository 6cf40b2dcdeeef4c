/**
 * Inputs that set one field of the view each, wherever they stand on the page: `<input data-view="axis" …>`. Beside a
 * slider its value is told: `<output data-view-value="smoothing">`, which is read out by the slider itself.
 */

import { setText } from "./dom.js";
import { number } from "./format.js";

const EVENTS = { radio: "change", checkbox: "change", range: "input", search: "input", "select-one": "change" };

/** How each kind of input is read, and shown as the view has it. */
const KINDS = {
  radio: { read: (input) => input.value, show: (input, value) => (input.checked = input.value === value) },
  checkbox: { read: (input) => input.checked, show: (input, value) => (input.checked = value) },
  range: { read: (input) => Number(input.value), show: (input, value) => (input.value = String(value)) },
};
const TEXT = {
  read: (input) => input.value,
  show: (input, value) => input.value !== value && (input.value = value),
};

/**
 * @param {{ dispatch: (action: any) => void }} store
 * @returns {(state: import("./reducer.js").State) => void} the view
 */
export function createViewInputs(store) {
  const inputs = /** @type {HTMLInputElement[]} */ ([...document.querySelectorAll("[data-view]")]);
  for (const input of inputs) {
    input.addEventListener(EVENTS[input.type], () =>
      store.dispatch({ type: "view", change: { [name(input)]: kind(input).read(input) } }),
    );
  }
  const outputs = /** @type {HTMLOutputElement[]} */ ([...document.querySelectorAll("[data-view-value]")]);
  return ({ view }) => {
    for (const input of inputs) kind(input).show(input, view[name(input)]);
    for (const output of outputs) setText(output, number(view[String(output.dataset.viewValue)], 2));
  };
}

function name(/** @type {HTMLElement} */ input) {
  return String(input.dataset.view);
}

function kind(/** @type {HTMLInputElement} */ input) {
  return KINDS[input.type] ?? TEXT;
}
