/** The horizontal axes that a person can choose from, and where things lie on them. Knows no DOM. */

/** @typedef {import("./curve.js").Curve} Curve */

const UNITS = /** @type {const} */ ([
  { name: "days", seconds: 86_400 },
  { name: "hours", seconds: 3_600 },
  { name: "minutes", seconds: 60 },
  { name: "seconds", seconds: 1 },
]);
const LEAST_UNITS = 2; // an axis in hours begins at two of them
const FEW_EPISODES = 12;

/**
 * @typedef {object} Axis
 * @property {string} name
 * @property {string} title
 * @property {number} unit  how many episodes, steps or seconds there are to one of it: the view's zoom counts in these
 * @property {string} where  a place of it in a tooltip, as a template of Plotly's
 * @property {(curve: Curve, startedAt: number) => number[]} places  `startedAt` is the run's origin
 * @property {(zoom: [number, number], startedAt: number) => [number, number]} bounds  of a stretch, as the server counts
 */

/**
 * An axis for these curves together.
 * @param {string} name  "episode", "step" or "time"
 * @param {{ curve: Curve, startedAt: number }[]} drawn
 * @returns {Axis}
 */
export function axisFor(name, drawn) {
  const counted = { unit: 1, bounds: (/** @type {[number, number]} */ zoom) => zoom };
  if (name === "step") return { ...counted, name, title: "step", where: "step %{x:,.0f}", places: ({ step }) => step };
  if (name !== "time") {
    const where = "episode %{x:,.1~f}"; // between two of them, where several runs are one line
    return { ...counted, name: "episode", title: "episode", where, places: ({ episode }) => episode };
  }
  const seconds = drawn.map(({ curve, startedAt }) => ((curve.time.at(-1) ?? startedAt) - startedAt) / 1_000);
  const unit = timeUnit(Math.max(0, ...seconds));
  return {
    name,
    title: `${unit.name} since the start`,
    unit: unit.seconds,
    where: `after %{x:,.2~f} ${unit.name}`,
    places: ({ time }, startedAt) => time.map((ms) => (ms - startedAt) / 1_000 / unit.seconds),
    bounds: ([from, to], startedAt) => [startedAt + 1_000 * from, startedAt + 1_000 * to],
  };
}

/**
 * What of the axis is in sight, as it counts.
 * @param {Axis} axis
 * @param {import("../view.js").View["zoom"]} zoom
 * @returns {[number, number] | null} null for all of it
 */
export function inSight({ unit }, zoom) {
  return zoom && [zoom[0] / unit, zoom[1] / unit];
}

/**
 * The part of a figure's layout that shows this range, and says how the axis counts.
 * @param {Axis} axis
 * @param {[number, number] | null} range  null for all that there is
 */
export function horizontal({ unit, title }, range) {
  return { meta: { unit }, xaxis: { rangemode: "tozero", title: { text: title, standoff: 6 }, ...(range && { range }) } };
}

/**
 * The place of an episode's point in a tooltip, as a template of Plotly's.
 * @param {Axis} axis
 * @param {string} episode  the template of its number
 */
export function episodePlace({ name, where }, episode) {
  return name === "episode" ? `episode ${episode}` : `episode ${episode}, ${where}`;
}

/**
 * Where a step of the run lies among these places: between the ends of two episodes in proportion to their steps, and
 * beyond the last one as if the next were as long. Null where there is no episode yet.
 * @param {number} step
 * @param {number[]} steps   at the ends of episodes, rising
 * @param {number[]} places  of the same ends
 * @returns {number | null}
 */
export function placeOf(step, steps, places) {
  if (steps.length === 0) return null;
  const found = steps.findIndex((end) => end >= step);
  const after = found < 0 ? steps.length - 1 : found;
  const [fromStep, fromPlace] = after === 0 ? [0, 0] : [steps[after - 1], places[after - 1]];
  return fromPlace + ((step - fromStep) / (steps[after] - fromStep)) * (places[after] - fromPlace);
}

/**
 * Marks at whole episodes where few of them are in sight: the library's own would lie between them. They are written out,
 * so that they stay few also when all of the axis comes back into sight at once. Nothing where there are many.
 * @param {string} axisName
 * @param {[number, number]} range  in sight
 * @returns {{ tickmode?: "array", tickvals?: number[] }} a part of the axis
 */
export function episodeTicks(axisName, [from, to]) {
  const first = Math.ceil(from);
  const count = Math.floor(to) - first + 1;
  if (axisName !== "episode" || to - from > FEW_EPISODES || count < 1) return {};
  return { tickmode: "array", tickvals: Array.from({ length: count }, (_, index) => first + index) };
}

/**
 * The largest unit of which there are some.
 * @param {number} seconds
 */
function timeUnit(seconds) {
  return UNITS.find((unit) => seconds >= LEAST_UNITS * unit.seconds) ?? UNITS[UNITS.length - 1];
}
