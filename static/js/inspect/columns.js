/** What an episode's columns say together: drawdown, costs so far, stretches, and scales that several can share. */

import { barLabels } from "./bar_axis.js";
import { equityExtents } from "./equity.js";
import { rowsInSight } from "./range.js";

const ROOM_OF_PRICE = 0.08; // trades are marked below the lowest and above the highest
const ROOM = 0.04; // above and below the highest and the lowest, as a share of what lies between them

/**
 * @typedef {Record<string, any> & { time_ms: number[], label: string[], drawdown: number[], costs_so_far: number[] }} Columns
 * @typedef {{ time_ms: number[], open: number[], high: number[], low: number[], close: number[], bars: number[] }} Candles
 * @typedef {[number, number]} Range
 */

/**
 * @param {any} series
 * @returns {Columns}
 */
export function columnsOf(series) {
  const label = barLabels(series.time_ms);
  return { ...series, label, drawdown: drawdowns(series.equity), costs_so_far: cumulative(series.costs) };
}

/**
 * Running totals.
 * @param {number[]} values
 * @returns {number[]}
 */
export function cumulative(values) {
  let total = 0;
  return values.map((value) => (total += value ?? 0));
}

/**
 * How far below its highest so far each value is, in percent: 0 or less.
 * @param {number[]} equity
 * @returns {number[]}
 */
export function drawdowns(equity) {
  let highest = -Infinity;
  return equity.map((value) => {
    highest = Math.max(highest, value);
    return 100 * (value / highest - 1);
  });
}

/**
 * The stretches of rows where the flag is set, as [first, last] row; each step belongs to the row it ends in.
 * @param {boolean[]} flags
 * @returns {Range[]}
 */
export function stretches(flags) {
  /** @type {Range[]} */
  const found = [];
  flags.forEach((isSet, row) => {
    if (!isSet) return;
    const last = found.at(-1);
    if (last && last[1] === row - 1) last[1] = row;
    else found.push([Math.max(0, row - 1), row]);
  });
  return found;
}

/**
 * Vertical scales on which every one of these episodes fits, by row of the figure; of a logarithmic one in powers of ten.
 * @param {{ columns: Columns, candles: Candles | null, offset: number }[]} episodes
 * @param {Range} range  in sight
 * @returns {Record<string, Range>}
 */
export function scales(episodes, range) {
  const shown = (/** @type {string[]} */ names) =>
    episodes.flatMap(({ columns, offset }) => {
      const [first, last] = rowsInSight(columns, offset, range);
      return names.map((name) => extent(columns[name].slice(first, last + 1)));
    });
  const wicks = episodes.flatMap(({ candles, columns, offset }) => {
    if (candles === null) return [];
    const [from, to] = rowsInSight(columns, offset, range).map((row) => columns.time_ms[row]);
    const isIn = (_, index) => candles.time_ms[index] >= from && candles.time_ms[index] <= to;
    return [extent(candles.low.filter(isIn)), extent(candles.high.filter(isIn))];
  });
  return {
    price: withRoom([...shown(["price"]), ...wicks], ROOM_OF_PRICE),
    differs: [0, 1],
    position: [-1.05, 1.05],
    equity: withRoom(equityExtents(episodes, shown(["equity"]), shown(["buy_and_hold"]))),
    drawdown: withRoom([...shown(["drawdown"]), [-1, 0]]), // at least a percent: nothing lost looks like nothing
    costs_so_far: withRoom([...shown(["costs_so_far"]), [0, 1]]),
  };
}

function extent(values) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (value === null) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return [low, high];
}

/** @returns {Range} */
function withRoom(extents, share = ROOM) {
  const low = Math.min(...extents.map((one) => one[0]));
  const high = Math.max(...extents.map((one) => one[1]));
  if (low > high) return [0, 1];
  const room = share * (high - low || Math.abs(high) || 1);
  return [low - room, high + room];
}
