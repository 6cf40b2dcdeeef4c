/** Runs that differ only in their seed, as one: the median of their curves and a band around it. Knows no DOM. */

import { counted } from "../format.js";
import { differences, settingsOf } from "../runs/settings.js";

const SEED = "seed";
const MOST_PLACES = 500;
/** From so many runs on the band is the middle half; before, it goes from the lowest to the highest. */
const QUARTILES_FROM = 4;

/**
 * @template {{ run: import("../reducer.js").Run }} M
 * @param {M[]} members
 * @returns {M[][]} those of the same settings but for the seed, in the order of their first ones
 */
export function bySettings(members) {
  /** @type {Map<string, M[]>} */
  const groups = new Map();
  for (const member of members) {
    const { [SEED]: seed, ...others } = settingsOf(member.run);
    const key = JSON.stringify(Object.entries(others).sort(([a], [b]) => (a < b ? -1 : 1)));
    groups.set(key, [...(groups.get(key) ?? []), member]);
  }
  return [...groups.values()];
}

/**
 * Those that share a line, and its look: the runs of the same settings where they are grouped, or else each run alone.
 * @template {{ run: import("../reducer.js").Run }} M
 * @param {M[]} members
 * @param {boolean} isGrouped
 * @returns {M[][]}
 */
export function lineGroups(members, isGrouped) {
  return isGrouped ? bySettings(members) : members.map((member) => [member]);
}

/**
 * How many are compared, and in how many groups, where they are grouped.
 * @param {unknown[][]} groups
 * @param {boolean} isGrouped
 * @returns {string}
 */
export function countNote(groups, isGrouped) {
  const runs = counted(groups.flat().length, "run");
  return isGrouped ? `${runs} in ${counted(groups.length, "group")}` : runs;
}

/**
 * What tells each group from the others but its seed, in words: "Learning rate 0.003"; empty where nothing does. What
 * the fewest have alike tells the most, and comes first.
 * @param {Record<string, any>[]} settings  of one run of each group, as `settingsOf` gives them
 * @param {any[]} parameters
 * @returns {string[]}
 */
export function groupNames(settings, parameters) {
  const alike = ({ texts }) => Math.max(...texts.map((text) => texts.filter((other) => other === text).length));
  const rows = differences(settings, parameters)
    .filter(({ parameter }) => parameter.name !== SEED)
    .sort((one, other) => alike(one) - alike(other));
  return settings.map((_, index) =>
    rows.map(({ parameter, texts }) => `${parameter.label} ${texts[index]}`).join(", "),
  );
}

/**
 * What lines and bands are. Several runs may have the same seed.
 * @param {{ run: { config: Record<string, any> } }[][]} groups
 * @returns {string}
 */
export function bandNote(groups) {
  const most = Math.max(...groups.map((group) => group.length), 0);
  const seeds = Math.max(...groups.map((group) => new Set(group.map(({ run }) => run.config[SEED])).size), 0);
  const band = most >= QUARTILES_FROM ? "hold the middle half of them" : "go from the lowest to the highest";
  const size = `${counted(most, "run")} of ${counted(seeds, "seed")} at most`;
  return `Lines are medians over the runs of the same settings (${size}); bands ${band}.`;
}

/**
 * Median and band of several lines at each place where one of them has a point. Between its points a line is straight;
 * before its first and behind its last one it does not count.
 * @param {{ x: number[], y: (number | null)[] }[]} lines  with rising x
 * @returns {{ x: number[], median: number[], low: number[], high: number[], counts: number[] }}
 */
export function medianBand(lines) {
  const defined = lines.map(({ x, y }) => {
    const kept = y.map((value, index) => index).filter((index) => y[index] !== null);
    return { x: kept.map((index) => x[index]), y: kept.map((index) => Number(y[index])) };
  });
  const places = spread([...new Set(defined.flatMap(({ x }) => x))].sort((a, b) => a - b));
  const columns = places.map((place) =>
    defined
      .map((line) => valueAt(line, place))
      .filter((value) => value !== null)
      .sort((a, b) => a - b),
  );
  const share = (/** @type {number} */ quartile) =>
    columns.map((values) => quantile(values, values.length >= QUARTILES_FROM ? quartile : Math.round(quartile)));
  return {
    x: places,
    median: columns.map((values) => quantile(values, 0.5)),
    low: share(0.25),
    high: share(0.75),
    counts: columns.map((values) => values.length),
  };
}

/** At most `MOST_PLACES` of them, first and last among them. */
function spread(places) {
  if (places.length <= MOST_PLACES) return places;
  const step = (places.length - 1) / (MOST_PLACES - 1);
  return Array.from({ length: MOST_PLACES }, (_, index) => places[Math.round(index * step)]);
}

function valueAt({ x, y }, place) {
  if (x.length === 0 || place < x[0] || place > x[x.length - 1]) return null;
  const after = lowerBound(x, place);
  if (x[after] === place) return y[after];
  const share = (place - x[after - 1]) / (x[after] - x[after - 1]);
  return y[after - 1] + share * (y[after] - y[after - 1]);
}

/** The first index whose value is not below `wanted`. */
function lowerBound(values, wanted) {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Of sorted values, with straight lines between them. */
function quantile(values, share) {
  const place = share * (values.length - 1);
  const below = Math.floor(place);
  const above = Math.ceil(place);
  return values[below] + (place - below) * (values[above] - values[below]);
}
