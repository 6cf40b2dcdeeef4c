/** Small helpers to find, make and change elements. Text goes in as text, never as markup. */

/**
 * The element with this id, which the page must have.
 * @param {string} id
 * @returns {any}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element with the id "${id}".`);
  return found;
}

/**
 * A new element. Attributes that are false, null or undefined are left out; true becomes an empty attribute.
 * @param {string} tag
 * @param {Record<string, string | number | boolean | null | undefined>} [attributes]
 * @param {...(Node | string | null)} children
 * @returns {any}
 */
export function element(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) setAttribute(node, name, value);
  node.append(...children.filter((child) => child !== null));
  return node;
}

/**
 * @param {Element} node
 * @param {string} name
 * @param {string | number | boolean | null | undefined} value
 */
export function setAttribute(node, name, value) {
  if (value === false || value === null || value === undefined) return node.removeAttribute(name);
  const text = value === true ? "" : String(value);
  if (node.getAttribute(name) !== text) node.setAttribute(name, text);
}

/**
 * Writes only when the text differs, so that live regions and selections are left in peace.
 * @param {Node} node
 * @param {string} text
 */
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/**
 * Writes a text that is not always there; without one, nothing of it is to be seen.
 * @param {HTMLElement} node
 * @param {string} text
 */
export function setMessage(node, text) {
  setText(node, text);
  node.hidden = text === "";
}

/**
 * Sets a <progress>; without a known maximum it is empty, never indeterminate.
 * @param {HTMLProgressElement} bar
 * @param {number} value
 * @param {number} maximum
 */
export function setProgress(bar, value, maximum) {
  bar.max = maximum > 0 ? maximum : 1;
  bar.value = maximum > 0 ? Math.min(value, maximum) : 0;
}

/**
 * Makes the children exactly these, in this order; those already in place are not touched and keep their focus.
 * @param {Element} parent
 * @param {Element[]} wanted
 */
export function arrange(parent, wanted) {
  const kept = new Set(wanted);
  for (const child of [...parent.children]) if (!kept.has(child)) child.remove();
  let place = parent.firstElementChild;
  for (const node of wanted) {
    if (node === place) place = place.nextElementSibling;
    else parent.insertBefore(node, place);
  }
}
