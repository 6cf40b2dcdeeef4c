/** Where the time of a run begins on an axis. Knows no DOM. */

/**
 * The run's start, or the beginning of what is shown of it where that is earlier: a fork shows what it copied, which is
 * older than itself. All that is drawn of the run on one axis counts from here.
 * @param {Pick<import("../tracked.js").Tracked, "run" | "episodes" | "evaluations" | "history">} tracked
 * @param {{ created_at: string } | null} [run]  where the tracked one may not be there yet
 * @returns {number} milliseconds since 1970
 */
export function originOf({ run: own, episodes, evaluations, history }, run = own) {
  const ends = [episodes[0], evaluations[0]].filter(Boolean).map(({ ended_at: endedAt }) => endedAt);
  const known = [...(run ? [run.created_at] : []), ...ends].map((text) => Date.parse(text));
  const curves = Object.values(history).flatMap(({ curve }) => curve.time.slice(0, 1));
  return Math.min(...known, ...curves);
}
