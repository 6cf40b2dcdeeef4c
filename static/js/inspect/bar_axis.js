/** The horizontal axis: bars one after another, so that nights, weekends and holidays leave no holes; labelled with dates. */

import { rowsInSight } from "./range.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WHOLE_DAYS_MS = 12 * HOUR_MS; // bars that far apart need no time of day
const TICK_WIDTH = 90; // pixels
const LEAST_TICKS = 2;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Stretches of time that a tick may stand for, from short to long: which one a moment lies in, and how it is called. */
const UNITS = [
  ...[1, 5, 15, 30].map((count) => ofTime(count * MINUTE_MS, dayAndTime)),
  ...[1, 2, 4, 12].map((count) => ofTime(count * HOUR_MS, dayAndTime)),
  ...[1, 7].map((count) => ofTime(count * DAY_MS, day)),
  ...[1, 3, 6].map((count) => ofMonths(count, month)),
  ...[1, 2, 5, 10, 20, 50].map((count) => ofMonths(12 * count, year)),
];

/**
 * What each bar is called: its date, and where bars are shorter than a day its time, in UTC.
 * @param {number[]} times  milliseconds, ascending
 * @returns {string[]}
 */
export function barLabels(times) {
  const isDaily = times.every((time, row) => row === 0 || time - times[row - 1] >= WHOLE_DAYS_MS);
  const length = isDaily ? 10 : times.every((time) => time % MINUTE_MS === 0) ? 16 : 19;
  return times.map((time) => new Date(time).toISOString().slice(0, length).replace("T", " "));
}

/**
 * @param {{ time_ms: number[], label: string[] }} columns
 * @param {number} offset  where row 0 stands
 * @param {import("./columns.js").Range} range  in sight
 * @param {number} width  of the figure, in pixels
 * @returns {any} the part of an axis that says which bar is where
 */
export function barAxis({ time_ms: times, label }, offset, range, width) {
  const [first, last] = rowsInSight({ time_ms: times }, offset, range);
  const most = Math.max(LEAST_TICKS, Math.floor(width / TICK_WIDTH));
  const unit = UNITS.find(({ of }) => of(times[last]) - of(times[first]) <= most) ?? UNITS.at(-1);
  const rows = [];
  for (let row = first + 1; row <= last; row += 1) {
    if (unit.of(times[row]) !== unit.of(times[row - 1])) rows.push(row);
  }
  // A tick at a bar would give its text to the bar in the tooltip: it stands where its stretch begins, before the bar.
  const before = Math.max(0.5, (range[1] - range[0]) / 5000);
  return {
    tickmode: "array",
    tickvals: rows.map((row) => row + offset - before),
    ticktext: rows.map((row) => unit.name(new Date(times[row]))),
    tickangle: 0,
    hoverformat: "d",
    labelalias: Object.fromEntries(label.map((text, row) => [row + offset, text])),
  };
}

function ofTime(length, name) {
  const monday = length === 7 * DAY_MS ? 3 * DAY_MS : 0; // 1970 began on a Thursday
  return { name, of: (/** @type {number} */ time) => Math.floor((time + monday) / length) };
}

function ofMonths(count, name) {
  const months = (/** @type {Date} */ date) => 12 * date.getUTCFullYear() + date.getUTCMonth();
  return { name, of: (/** @type {number} */ time) => Math.floor(months(new Date(time)) / count) };
}

function year(date) {
  return String(date.getUTCFullYear());
}

function month(date) {
  return `${MONTHS[date.getUTCMonth()]} ${year(date)}`;
}

function day(date) {
  return `${date.getUTCDate()} ${month(date)}`;
}

function dayAndTime(date) {
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()]} ${date.toISOString().slice(11, 16)}`;
}
