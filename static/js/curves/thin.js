/** Which points of a long line must be drawn: of each stretch the lowest, the highest and the newest. */

const PER_BUCKET = 3;

/**
 * Indices of at most about `most` points, in order; all of them where there are no more. No spike is lost.
 * @param {(number | null)[]} values
 * @param {number} most
 * @returns {number[]}
 */
export function keep(values, most) {
  if (values.length <= most) return values.map((value, index) => index);
  const size = Math.ceil(values.length / (most / PER_BUCKET));
  const kept = [];
  for (let start = 0; start < values.length; start += size) {
    kept.push(...extremes(values, start, Math.min(start + size, values.length)));
  }
  return kept;
}

/**
 * Indices of the points between two places, and of one more on either side, so that lines reach the edge.
 * @param {number[]} places  rising
 * @param {[number, number] | null} range  null for all of them
 * @returns {number[]}
 */
export function within(places, range) {
  const indices = places.map((place, index) => index);
  if (range === null) return indices;
  const first = places.findIndex((place) => place >= range[0]);
  const beyond = places.findIndex((place) => place > range[1]);
  return indices.slice(Math.max(0, (first < 0 ? places.length : first) - 1), beyond < 0 ? undefined : beyond + 1);
}

function extremes(values, start, end) {
  let lowest = end - 1;
  let highest = end - 1;
  for (let index = start; index < end; index += 1) {
    const value = values[index];
    if (value === null) continue;
    if (values[lowest] === null || value < values[lowest]) lowest = index;
    if (values[highest] === null || value > values[highest]) highest = index;
  }
  return [...new Set([lowest, highest, end - 1])].sort((a, b) => a - b);
}
