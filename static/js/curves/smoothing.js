/** Smoothed lines: an exponential moving average that does not lean on its first point. */

/**
 * Each value averaged with those before it, which count `weight` times less with every step back. Undefined values
 * stay undefined and change nothing.
 * Source: bias correction as in Adam (Kingma & Ba 2014, section 3).
 * @param {(number | null)[]} values
 * @param {number} weight  0 leaves the values as they are; below 1
 * @returns {(number | null)[]}
 */
export function smoothed(values, weight) {
  let average = 0;
  let count = 0;
  return values.map((value) => {
    if (value === null) return null;
    average = weight * average + (1 - weight) * value;
    count += 1;
    return average / (1 - weight ** count);
  });
}
