/** Numbered records of a run, kept in order; and the list of runs. Knows no events and no state. */

/**
 * Both in order of `number`, each number once; what is added wins.
 * @template {Record<string, any>} R
 * @param {R[]} known
 * @param {R[]} added
 * @param {string} number  the field that numbers them
 * @returns {R[]}
 */
export function merge(known, added, number) {
  if (added.length === 0) return known;
  const last = known.at(-1);
  if (!last || last[number] < added[0][number]) return [...known, ...added];
  const byNumber = new Map([...known, ...added].map((record) => [record[number], record]));
  return [...byNumber.values()].sort((a, b) => a[number] - b[number]);
}

/**
 * The list with this run in it: changed where it was known, first where it was not. An answer that was overtaken by
 * events changes nothing.
 * @param {Record<string, any>[] | null} runs
 * @param {Record<string, any>} run
 */
export function withRun(runs, run) {
  if (runs === null) return null;
  const known = runs.find((other) => other.run_id === run.run_id);
  if (!known) return [run, ...runs];
  if (isOlder(run, known)) return runs;
  const merged = { ...known, ...run };
  return runs.map((other) => (other === known ? merged : other));
}

/**
 * The list as it was answered, but for runs of which events have told something newer since it was asked for, and with
 * those first that began since.
 * @param {Record<string, any>[] | null} runs
 * @param {Record<string, any>[]} answer
 * @param {Record<string, any>[]} kept  of `runs`, those that no answer can have lost
 */
export function withList(runs, answer, kept) {
  const known = new Map((runs ?? []).map((run) => [run.run_id, run]));
  const answered = new Set(answer.map(({ run_id: runId }) => runId));
  const begun = kept.filter(({ run_id: runId }) => !answered.has(runId));
  return [...begun, ...answer.map((run) => (isOlder(run, known.get(run.run_id)) ? known.get(run.run_id) : run))];
}

/**
 * Runs that went back to a checkpoint between two lists.
 * @param {Record<string, any>[] | null} before
 * @param {Record<string, any>[] | null} after
 * @returns {string[]} run ids
 */
export function rewoundSince(before, after) {
  const known = new Map((before ?? []).map((run) => [run.run_id, run]));
  const hasRewound = ({ run_id: runId, rewinds }) => known.has(runId) && known.get(runId)?.rewinds !== rewinds;
  return (after ?? []).filter(hasRewound).map(({ run_id: runId }) => runId);
}

/** Another server process may have lost the last events of the one before it: then the number tells nothing. */
function isOlder(run, known) {
  return known !== undefined && run.boot_id === known.boot_id && run.sequence < known.sequence;
}

/**
 * Whether the end of the run ended the episode; where an earlier version did not keep it, it is taken for whole.
 * @param {Record<string, any>} episode
 */
export function isCutShort({ terminated, truncated }) {
  return truncated === false && !terminated;
}

/**
 * The newest episode whose figures may stand for the run: the last whole one, or else the last.
 * @param {Record<string, any>[]} episodes  by number
 */
export function lastWhole(episodes) {
  return episodes.findLast((episode) => !isCutShort(episode)) ?? episodes.at(-1);
}

/**
 * The list with the run's count of episodes and last reward taken from these episodes.
 * @param {Record<string, any>[] | null} runs
 * @param {string} runId
 * @param {Record<string, any>[]} episodes  by number
 */
export function withLastEpisodes(runs, runId, episodes) {
  return runs && runs.map((run) => (run.run_id === runId ? afterEpisodes(run, episodes) : run));
}

/**
 * The run with its count of episodes and last reward taken from these episodes, unless it knows of later ones.
 * @param {Record<string, any>} run
 * @param {Record<string, any>[]} episodes  by number
 */
export function afterEpisodes(run, episodes) {
  return episodes.reduce(afterEpisode, run);
}

/** One that was cut short says little: its reward stands only where there is no other. */
function afterEpisode(run, episode) {
  if (episode.episode < run.episodes) return run;
  const reward = isCutShort(episode) ? (run.last_reward ?? episode.reward) : episode.reward;
  return { ...run, episodes: episode.episode, last_reward: reward };
}
