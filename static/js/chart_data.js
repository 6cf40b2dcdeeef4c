/** What the charts draw, as plain numbers: points, the gate's place on each axis, the summary for listeners. */

import { counted } from "./format.js";
import { metricText } from "./metrics.js";

/**
 * The x axes a person can choose from. `gate` is where the gate lies on it, null when that cannot be told yet.
 * @type {Record<string, { title: string, x: (episode: any) => number, gate: (opened: any, episodes: any[]) => number | null }>}
 */
export const AXES = {
  episode: { title: "episode", x: (episode) => episode.episode, gate: gateOnEpisodes },
  step: { title: "step", x: (episode) => episode.first_step + episode.steps, gate: (opened) => opened.step },
};

/**
 * One metric's points; an undefined value stays null and leaves a gap.
 * @param {any[]} episodes
 * @param {string} metric
 * @param {string} axis
 * @returns {{ x: number[], y: (number | null)[], episodes: number[], phases: string[] }}
 */
export function points(episodes, metric, axis) {
  return {
    x: episodes.map(AXES[axis].x),
    y: episodes.map((episode) => episode[metric] ?? null),
    episodes: episodes.map(({ episode }) => episode),
    phases: episodes.map(({ phase }) => phase),
  };
}

/**
 * At most about `most` episodes: of each bucket its lowest, its highest and its newest one, so that no spike is lost.
 * @param {any[]} episodes
 * @param {string} metric
 * @param {number} most
 * @returns {any[]}
 */
export function thin(episodes, metric, most) {
  if (episodes.length <= most) return episodes;
  const size = Math.ceil(episodes.length / (most / 3));
  const kept = [];
  for (let start = 0; start < episodes.length; start += size) {
    const bucket = episodes.slice(start, start + size);
    const value = (/** @type {any} */ episode) => episode[metric] ?? NaN;
    const lowest = bucket.reduce((best, one) => (value(one) < value(best) || isNaN(value(best)) ? one : best));
    const highest = bucket.reduce((best, one) => (value(one) > value(best) || isNaN(value(best)) ? one : best));
    kept.push(...bucket.filter((one) => one === lowest || one === highest || one === bucket.at(-1)));
  }
  return kept;
}

/**
 * @param {any} opened  the gate's opening, or null
 * @param {any[]} episodes
 * @param {string} axis
 * @returns {number | null}
 */
export function gatePosition(opened, episodes, axis) {
  return opened ? AXES[axis].gate(opened, episodes) : null;
}

/**
 * The chart in one sentence.
 * @param {{ name: string, label: string }} metric
 * @param {any[]} episodes
 * @returns {string}
 */
export function summary({ name, label }, episodes) {
  const defined = episodes.filter((episode) => episode[name] !== null && episode[name] !== undefined);
  if (defined.length === 0) return `${label} by episode: no points yet.`;
  const last = defined.at(-1);
  return `${label}: ${counted(defined.length, "point")}, ${metricText(name, last[name])} in episode ${last.episode}.`;
}

/** Whole episodes behind the gate's own, plus the share of it that was gated. */
function gateOnEpisodes({ episode, episode_step: episodeStep }, episodes) {
  const own = episodes.find((candidate) => candidate.episode === episode) ?? episodes.at(-1);
  if (!own) return null;
  return episode - 1 + Math.min(1, episodeStep / own.steps);
}
