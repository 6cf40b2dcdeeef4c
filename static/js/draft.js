/** What somebody has begun to set, kept with this tab: a reload loses none of it. */

const NAME = "warmgate-draft";

/**
 * @typedef {object} Draft
 * @property {Record<string, unknown>} [config]  of the form
 * @property {{ runId: string, step: number, config: Record<string, unknown> } | null} [origin]  of a fork
 * @property {string} [name]  of the next run
 * @property {string} [note]  where the settings come from
 */

/** @returns {Draft} */
export function readDraft() {
  try {
    return JSON.parse(sessionStorage.getItem(NAME) ?? "{}") ?? {};
  } catch {
    return {}; // the browser keeps nothing, or somebody else wrote there
  }
}

/** @param {Draft} part  what stays as it is may be left out */
export function keepDraft(part) {
  try {
    sessionStorage.setItem(NAME, JSON.stringify({ ...readDraft(), ...part }));
  } catch {
    return; // until the next reload only
  }
}
