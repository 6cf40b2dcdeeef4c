/** The price in the figure: candles, what was bought and sold at them, and what the tooltip says of a bar. */

import { figure, price } from "../format.js";

const MARKER_SIZES = [4, 10]; // pixels: smaller the more of them are in sight
const SIDES = {
  buy: { symbol: "triangle-up", edge: "low", direction: -1, did: "▲ bought" },
  sell: { symbol: "triangle-down", edge: "high", direction: 1, did: "▼ sold" },
};
const MARKER_GAP = 0.03; // between a candle and its marker, as a share of the height in sight

/**
 * @typedef {import("./figure.js").Inspected} Inspected
 * @typedef {import("./figure.js").Sight} Sight
 */

/**
 * @param {Inspected} episode
 * @param {Sight} sight
 * @param {Record<string, any>} colours
 * @returns {any[]}
 */
export function priceTraces(episode, sight, colours) {
  const { candles, columns } = episode;
  const bars = { type: "scatter", mode: "lines", name: "price", x0: episode.offset, y: columns.price };
  const said = { text: barTexts(episode), hovertemplate: "%{text}" };
  const line = { ...bars, ...said, line: { color: colours.ink, width: 1.25 } };
  const marks = Object.keys(SIDES).map((side) => markers(side, episode, sight, colours));
  if (candles === null) return [line, ...marks];
  const told = { ...line, line: { width: 0 }, showlegend: false }; // each bar has its tooltip, whatever its candle stands for
  return [candleTrace(episode, colours), ...marks, told];
}

/**
 * What the tooltip of each bar says of the trades at it.
 * @param {number} rows  of the episode
 * @param {any[]} trades
 * @returns {string[]}
 */
export function tradeTexts(rows, trades) {
  const texts = Array.from({ length: rows }, () => "");
  for (const { row, side, quantity, price: paid } of trades) {
    texts[row] += `<br>${SIDES[side].did} ${figure(quantity)} at ${price(paid)}`;
  }
  return texts;
}

/** Hollow where the price rose and filled where it fell: colours are left to the trades. */
function candleTrace({ candles, columns, offset }, colours) {
  const look = (/** @type {string} */ fillcolor) => ({ fillcolor, line: { color: colours.muted, width: 1 } });
  const { open, high, low, close } = candles;
  const x = placesOf(columns, candles).map((row) => row + offset);
  const looks = { increasing: look(colours.surface), decreasing: look(colours.muted) };
  return { type: "candlestick", name: "price", x, open, high, low, close, hoverinfo: "skip", ...looks };
}

/** The price, what else the bar was, where its candle is that bar alone, and the trades. */
function barTexts({ candles, columns, texts }) {
  const rest = [...texts];
  if (candles?.bars[0] === 1) {
    placesOf(columns, candles).forEach((row, index) => {
      const prices = [candles.open, candles.high, candles.low].map((column) => price(column[index]));
      rest[row] = `<br>open · high · low ${prices.join(" · ")}${texts[row]}`;
    });
  }
  return columns.price.map((/** @type {number} */ close, /** @type {number} */ row) => price(close) + (rest[row] ?? ""));
}

/** A buy stands below its candle and a sell above, so that neither hides the price; one for all of a side at a candle. */
function markers(side, { columns, candles, trades, offset }, { range, scales, width }, colours) {
  const { symbol, edge, direction } = SIDES[side];
  const [low, high] = scales.price;
  const gap = direction * MARKER_GAP * (high - low);
  const candleOf = candleOfRows(columns, candles);
  const places = placesOf(columns, candles);
  /** @type {Map<number, number>} */
  const marked = new Map(); // heights by place
  for (const trade of trades) {
    if (trade.side !== side || trade.row + offset < range[0] || trade.row + offset > range[1]) continue;
    const candle = candleOf(trade.row);
    marked.set(offset + (places[candle] ?? trade.row), (candles?.[edge][candle] ?? trade.price) + gap);
  }
  const [smallest, largest] = MARKER_SIZES;
  const size = Math.max(smallest, Math.min(largest, width / marked.size));
  const isSmall = size === smallest;
  const line = { color: colours.surface, width: isSmall ? 0 : 1 };
  const marker = { symbol, color: colours[side], size, opacity: isSmall ? 0.5 : 1, line };
  const [x, y] = [[...marked.keys()], [...marked.values()]];
  return { type: "scatter", mode: "markers", name: side, x, y, marker, hoverinfo: "skip" };
}

/**
 * The middle of each candle, as a row of the episode: equally far apart, although the last may stand for fewer bars.
 * @returns {number[]}
 */
function placesOf(columns, candles) {
  if (!candles?.time_ms.length) return [];
  const [each] = candles.bars;
  const first = firstRow(columns, candles) + (each - 1) / 2;
  return candles.time_ms.map((_, index) => first + each * index);
}

/** Which candle stands for the bar in a row of the episode; not an index where none does. */
function candleOfRows(columns, candles) {
  if (!candles?.time_ms.length) return () => -1;
  const first = firstRow(columns, candles);
  return (/** @type {number} */ row) => Math.floor((row - first) / candles.bars[0]);
}

/**
 * The row in which the first candle begins. Candles follow on each other, all but the last one are of as many bars, and
 * the time of each is that of the bar in its middle.
 */
function firstRow({ time_ms: times }, { time_ms: middles, bars }) {
  return times.indexOf(middles[0]) - Math.floor((bars[0] - 1) / 2);
}
