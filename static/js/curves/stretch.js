/** Stretches of a horizontal axis, and what zooming and moving make of them. Knows no DOM. */

/** @typedef {[number, number]} Stretch */

const SHARE = 1_000; // of a stretch: what is finer cannot be told on a screen, and makes a long address
const CLOSER = 0.5;
const STEP = 0.5;

/**
 * @param {Stretch} stretch
 * @returns {Stretch} with no more digits than can be told apart
 */
export function rounded([from, to]) {
  const decimals = Math.min(20, Math.max(0, Math.ceil(Math.log10(SHARE / (to - from)))));
  const round = (/** @type {number} */ end) => Number(end.toFixed(decimals));
  return [round(from), round(to)];
}

/** What each order makes of a stretch, given the whole axis; null for all of it. */
const ORDERS = {
  /** @type {(stretch: Stretch, whole: Stretch) => Stretch | null} */
  in: (stretch) => scaled(stretch, CLOSER),
  out: (stretch, whole) => within(scaled(stretch, 1 / CLOSER), whole),
  earlier: (stretch, whole) => moved(stretch, whole, -STEP),
  later: (stretch, whole) => moved(stretch, whole, STEP),
  all: () => null,
};

/**
 * What is in sight after an order.
 * @param {string} order
 * @param {Stretch | null} zoom  before it, null for all
 * @param {Stretch} whole  the axis; without length while nothing is known
 * @returns {Stretch | null}
 */
export function ordered(order, zoom, whole) {
  const next = ORDERS[order](zoom ?? whole, whole);
  return next === null || next[1] > next[0] ? next : zoom;
}

/** About its middle. */
function scaled([from, to], factor) {
  const middle = (from + to) / 2;
  const half = (factor * (to - from)) / 2;
  return [middle - half, middle + half];
}

/**
 * As much of the axis, moved to where there is some; null for all of it.
 * @param {Stretch} stretch
 * @param {Stretch} whole
 * @returns {Stretch | null}
 */
export function within([from, to], [start, end]) {
  if (from <= start && to >= end) return null;
  const shift = Math.max(0, start - from) - Math.max(0, to - end);
  return [Math.max(start, from + shift), Math.min(end, to + shift)];
}

/** By a share of its length, as far as the axis goes. */
function moved([from, to], [start, end], share) {
  const wanted = share * (to - from);
  const shift = share < 0 ? Math.max(wanted, Math.min(0, start - from)) : Math.min(wanted, Math.max(0, end - to));
  return [from + shift, to + shift];
}
