/** What the page says of bars before training on them. Knows no DOM and no network. */

import { counted, number } from "./format.js";

/**
 * @typedef {object} DataSummary  as docs/api.md has it: times are ISO texts
 * @property {string} name
 * @property {number} rows
 * @property {string} first
 * @property {string} last
 * @property {string | null} time_zone
 * @property {string} frequency
 * @property {number} bars_per_year
 * @property {number} gap_count
 * @property {{ after: string, until: string, days: number }[]} gaps  longest first
 * @property {boolean} has_volume
 * @property {{ name: string, bars: number, first: string, last: string }[]} splits
 * @property {string[]} notes
 */

/**
 * How the bars were understood, in a line.
 * @param {DataSummary} summary
 * @returns {string}
 */
export function understanding(summary) {
  const { bars_per_year: barsPerYear, time_zone: zone, has_volume: hasVolume } = summary;
  return [
    `${number(barsPerYear)} bars a year`,
    zone === null ? "time zone not stated" : `time zone ${zone}`,
    gapText(summary),
    hasVolume ? "with volume" : "without volume",
  ].join(" · ");
}

/**
 * "no gaps", or how many there are and where the longest is.
 * @param {Pick<DataSummary, "gap_count" | "gaps">} summary
 * @returns {string}
 */
export function gapText({ gap_count: count, gaps }) {
  if (gaps.length === 0) return "no gaps";
  const [{ after, days }] = gaps;
  return `${counted(count, "gap")}, the longest of ${span(days)} after ${written(after)}`;
}

/**
 * "1999-01-04 – 2010-12-31", with the time of day where bars are shorter than a day.
 * @param {{ first: string, last: string }} bars
 * @returns {string}
 */
export function period({ first, last }) {
  return `${written(first)} – ${written(last)}`;
}

/**
 * The chart in one sentence.
 * @param {DataSummary} summary
 * @returns {string}
 */
export function previewLabel({ name, splits }) {
  return `Price of ${name}: ${splits.map(({ name: window, bars }) => `${window} ${counted(bars, "bar")}`).join(", ")}.`;
}

/**
 * A refusal as its heading and its faults; one fault stands in the heading alone.
 * @param {string} message
 * @returns {{ heading: string, faults: string[] }}
 */
export function refusal(message) {
  const [heading = "", ...faults] = message
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  return { heading, faults };
}

/** A moment without the letters that only machines need: "2024-01-02 09:30:00". */
function written(time) {
  return time.replace("T", " ").replace("Z", "");
}

function span(days) {
  if (days >= 1) return counted(Number(days.toPrecision(3)), "day");
  const hours = days * 24;
  return hours >= 1 ? counted(Number(hours.toPrecision(3)), "hour") : counted(Math.round(hours * 60), "minute");
}
