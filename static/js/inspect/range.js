/** The stretch of bars in sight, and how buttons change it. Knows no figure. */

const LEAST_BARS = 10; // that a button zooms in to; a drag may go further
const AIR = 0.005; // beside the first and the last bar, as a share of all
const FINEST = 0.001; // change that can be told, as a share of what is in sight

/** @typedef {import("./columns.js").Range} Range */

/**
 * From the first bar of any to the last of any, with some air.
 * @param {{ columns: { time_ms: number[] }, offset: number }[]} episodes
 * @returns {Range}
 */
export function wholeRange(episodes) {
  const first = Math.min(...episodes.map(({ offset }) => offset));
  const last = Math.max(...episodes.map(({ columns, offset }) => offset + columns.time_ms.length - 1));
  const air = 0.5 + AIR * (last - first);
  return [first - air, last + air];
}

/**
 * @param {Range} range
 * @param {Range} whole
 * @returns {boolean} whether anything of the whole is in the range
 */
export function touches([from, to], [first, last]) {
  return from < last && to > first;
}

/**
 * The first and the last row in sight; the last is before the first where none is.
 * @param {{ time_ms: number[] }} columns
 * @param {number} offset  where row 0 stands
 * @param {Range} range
 * @returns {Range}
 */
export function rowsInSight({ time_ms: times }, offset, [from, to]) {
  return [Math.max(0, Math.ceil(from - offset)), Math.max(-1, Math.min(times.length - 1, Math.floor(to - offset)))];
}

/** What each button makes of the range; null for all of it. @type {Record<string, (range: Range, whole: Range) => Range | null>} */
export const MOVES = {
  earlier: (range, whole) => moved(range, whole, -0.5),
  later: (range, whole) => moved(range, whole, 0.5),
  out: (range, whole) => scaled(range, whole, 2),
  in: (range, whole) => scaled(range, whole, 0.5),
  reset: () => null,
};

/**
 * Whether the button would change what is in sight.
 * @param {string} name
 * @param {Range} range
 * @param {Range} whole
 * @returns {boolean}
 */
export function changes(name, range, whole) {
  const next = MOVES[name](range, whole) ?? whole;
  return next.some((edge, index) => Math.abs(edge - range[index]) > FINEST * (range[1] - range[0]));
}

/** @returns {Range} */
function moved([from, to], [first, last], share) {
  const way = Math.max(first - from, Math.min(last - to, share * (to - from)));
  return [from + way, to + way];
}

/** About its middle, but within the whole. @returns {Range | null} */
function scaled([from, to], whole, factor) {
  const [first, last] = whole;
  const length = Math.max(Math.min(LEAST_BARS, to - from), factor * (to - from));
  if (length >= last - first) return null;
  const middle = (from + to) / 2;
  return moved([middle - length / 2, middle + length / 2], whole, 0);
}
