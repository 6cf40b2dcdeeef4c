/** The part of the address after "#": which run is shown and which of its episodes is open. */

/**
 * @param {string} hash
 * @returns {{ runId: string | null, episode: number | null }}
 */
export function readRoute(hash) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  const episode = Number(fields.get("episode"));
  return { runId: fields.get("run"), episode: Number.isInteger(episode) && episode > 0 ? episode : null };
}

/**
 * @param {string | null} runId
 * @param {number | null} [episode]
 * @returns {string}
 */
export function writeRoute(runId, episode = null) {
  if (runId === null) return "#";
  const fields = new URLSearchParams({ run: runId });
  if (episode !== null) fields.set("episode", String(episode));
  return `#${fields}`;
}
