/** How two episodes lie beside each other: by date where they share enough bars, otherwise both from their first bar. */

const ENOUGH = 0.5; // of the bars of the shorter one: with fewer, most of each chart would be empty

/**
 * @typedef {object} Alignment
 * @property {number[]} offsets  where row 0 of each episode stands on the axis that they share
 * @property {boolean} isByDate  equal places are equal bars of the market; otherwise bars of the same number
 * @property {number} shared     bars of the market that both have
 */

/** @type {Alignment} */
export const ALONE = { offsets: [0], isByDate: true, shared: 0 };

/**
 * Episodes of a run are stretches of consecutive bars of one market.
 * @param {{ time_ms: number[] }} one
 * @param {{ time_ms: number[] }} other
 * @returns {Alignment}
 */
export function alignment({ time_ms: one }, { time_ms: other }) {
  const isLater = other[0] >= one[0];
  const start = isLater ? one.indexOf(other[0]) : other.indexOf(one[0]);
  const [earlier, later] = isLater ? [one, other] : [other, one];
  const shared = start < 0 ? 0 : Math.min(earlier.length - start, later.length);
  const isByDate = shared >= ENOUGH * Math.min(one.length, other.length);
  if (!isByDate) return { offsets: [0, 0], isByDate, shared };
  return { offsets: isLater ? [0, start] : [start, 0], isByDate, shared };
}
