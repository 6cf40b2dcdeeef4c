/** Smoothed lines: an exponential moving average that does not lean on its first point. The server has its twin. */

/** Nothing before it. */
const NOTHING = { last: null, count: 0 };

/**
 * Each value averaged with those before it, which count `weight` times less with every step back. Undefined values
 * stay undefined and change nothing.
 * Source: bias correction as in Adam (Kingma & Ba 2014, section 3).
 * @param {(number | null)[]} values
 * @param {number} weight  0 leaves the values as they are; below 1
 * @param {{ last: number | null, count: number }} [before]  the last average before them, and of how many values
 * @returns {(number | null)[]}
 */
export function smoothed(values, weight, before = NOTHING) {
  if (weight === 0) return values;
  let { count } = before;
  let average = (before.last ?? 0) * (1 - weight ** count);
  return values.map((value) => {
    if (value === null) return null;
    average = weight * average + (1 - weight) * value;
    count += 1;
    return average / (1 - weight ** count);
  });
}
