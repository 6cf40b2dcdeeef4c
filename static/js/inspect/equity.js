/** The vertical axis of equity: logarithmic where it spreads far, else all but the highest lie on one line. Knows no DOM. */

import { short } from "../format.js";

const RATIO_OF_LOG = 10;
const MOST_MARKS = 5;
const FEW_DECADES = 2; // over which powers of ten alone would be too few marks

/**
 * Whether equity lies on a logarithmic axis: by all of these episodes, so that a zoom does not change what a height means.
 * @param {{ columns: { equity: number[], buy_and_hold: number[] } }[]} episodes
 * @returns {boolean} never where one is at or below 0, which such an axis cannot show
 */
export function isLogarithmic(episodes) {
  let [low, high] = [Infinity, -Infinity];
  for (const { columns } of episodes) {
    for (const value of [...columns.equity, ...columns.buy_and_hold]) {
      if (value === null) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low > 0 && high / low > RATIO_OF_LOG;
}

/**
 * The part of a logarithmic axis that says where its marks are: the library's own are single digits.
 * @param {import("./columns.js").Range} range  in sight, as powers of ten
 * @returns {any}
 */
export function logMarks([low, high]) {
  if (high - low < 1) return { type: "log", nticks: MOST_MARKS, tickformat: "~s" };
  const digits = high - low < FEW_DECADES ? [1, 3] : [1];
  const step = Math.ceil((high - low) / MOST_MARKS);
  const count = Math.ceil((Math.ceil(high) - Math.floor(low)) / step) + 1;
  const powers = Array.from({ length: count }, (_, index) => Math.floor(low) + index * step);
  const tickvals = powers.flatMap((power) => digits.map((digit) => digit * 10 ** power));
  return { type: "log", tickvals, ticktext: tickvals.map(short) };
}
