/** The vertical axis of equity: logarithmic where it spreads far, else all but the highest lie on one line. Knows no DOM. */

import { short } from "../format.js";

const RATIO_OF_LOG = 10;
const FAR = 3; // times above or below: to show both would leave little of either
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
 * What the axis has to hold, on a logarithmic one in powers of ten. Buy & hold has no say in that one while it lies far from
 * all equity in sight: that is what one zooms in to see.
 * @param {Parameters<typeof isLogarithmic>[0]} episodes
 * @param {number[][]} equity  the lowest and the highest in sight, of each episode
 * @param {number[][]} held    the same of buy & hold
 * @returns {number[][]}
 */
export function equityExtents(episodes, equity, held) {
  if (!isLogarithmic(episodes)) return [...equity, ...held];
  const ends = (/** @type {number[][]} */ extents) => [
    Math.min(...extents.map(([low]) => low)),
    Math.max(...extents.map(([, high]) => high)),
  ];
  const [[low, high], [least, most]] = [ends(equity), ends(held)];
  const isFar = FAR * most < low || least > FAR * high;
  return [...equity, ...(isFar ? [] : held)].map((extent) => extent.map(Math.log10));
}

/**
 * Where buy & hold is, if not on a logarithmic axis.
 * @param {number[]} held  in sight
 * @param {import("./columns.js").Range} range  as powers of ten
 * @returns {string} empty where any of it is in sight
 */
export function heldAway(held, [low, high]) {
  if (held.length === 0) return "";
  if (held.every((value) => value < 10 ** low)) return "; buy & hold is far below";
  return held.every((value) => value > 10 ** high) ? "; buy & hold is far above" : "";
}

/**
 * The part of a logarithmic axis that says where its marks are: over a decade the library's own are single digits.
 * @param {import("./columns.js").Range} range  in sight, as powers of ten
 * @returns {any}
 */
export function logMarks([low, high]) {
  if (high - low < 1) return { type: "log", nticks: MOST_MARKS };
  const digits = high - low < FEW_DECADES ? [1, 3] : [1];
  const step = Math.ceil((high - low) / MOST_MARKS);
  const count = Math.ceil((Math.ceil(high) - Math.floor(low)) / step) + 1;
  const powers = Array.from({ length: count }, (_, index) => Math.floor(low) + index * step);
  const tickvals = powers.flatMap((power) => digits.map((digit) => digit * 10 ** power));
  return { type: "log", tickvals, ticktext: tickvals.map(short) };
}
