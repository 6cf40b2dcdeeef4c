/** What runs had to say, as alerts: how serious, when, and during which episode. Knows no DOM and no clock. */

const MOST_DISMISSED = 500;

/**
 * @typedef {"info" | "warning" | "error"} Level
 * @typedef {object} Alert
 * @property {string} runId
 * @property {string} key   the same for the same alert of the same run
 * @property {string} time  ISO
 * @property {Level} level
 * @property {string} text
 * @property {number | null} episode  that was under way, once it has ended
 */

/**
 * The run's notices, and how it ended where that was no good; newest first.
 * @param {import("../reducer.js").Run | null} run
 * @param {import("../reducer.js").Episode[]} episodes  of the run, by number
 * @returns {Alert[]}
 */
export function alertsOf(run, episodes) {
  if (run === null) return [];
  const said = [...run.notices, ...ending(run)];
  return said.reverse().map(({ time, level, text }) => ({
    runId: run.run_id,
    key: `${run.run_id} ${time} ${text.slice(0, 60)}`,
    time,
    level,
    text,
    episode: episodeAt(episodes, time),
  }));
}

/**
 * Whether somebody should look at it.
 * @param {Alert} alert
 */
export function isSerious({ level }) {
  return level !== "info";
}

/**
 * The serious alerts that were not there before. The first look at a run finds none: they are old.
 * @param {Map<string, Set<string>>} known  keys by run id; changed to what is known then
 * @param {string} runId
 * @param {Alert[]} alerts  of the run
 * @returns {Alert[]}
 */
export function arrivals(known, runId, alerts) {
  const before = known.get(runId);
  known.set(runId, new Set([...(before ?? []), ...alerts.map(({ key }) => key)]));
  return before === undefined ? [] : alerts.filter((alert) => isSerious(alert) && !before.has(alert.key));
}

/**
 * Both in order of time, the newest first.
 * @param {Alert[]} some
 * @param {Alert[]} others
 * @returns {Alert[]}
 */
export function together(some, others) {
  return [...some, ...others].sort((a, b) => Date.parse(b.time) - Date.parse(a.time));
}

/**
 * The keys of dismissed alerts with some more: the newest, so that they do not pile up for ever.
 * @param {string[]} dismissed
 * @param {string[]} keys
 * @returns {string[]}
 */
export function withDismissed(dismissed, keys) {
  return [...new Set([...dismissed, ...keys])].slice(-MOST_DISMISSED);
}

function ending({ status, reason, ended_at: time }) {
  if (status !== "failed" || !time) return [];
  return [{ time, level: "error", text: `The run failed${reason ? `: ${reason}` : "."}` }];
}

/** The one that ended next; before the first one that is known, it may have been an older one. */
function episodeAt(episodes, time) {
  const at = Date.parse(time);
  const index = episodes.findIndex(({ ended_at: ended }) => Date.parse(ended) >= at);
  if (index === -1 || (index === 0 && episodes[0].episode > 1)) return null;
  return episodes[index].episode;
}
