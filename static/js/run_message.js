/** A message about one run: it is shown with that run, and gone once another one is shown. Knows no DOM. */

/**
 * @returns {{ tell: (runId: string | null, text: string) => void, of: (shownRunId: string | null) => string }}
 *   `tell` takes null for the run of a message that stays whatever is shown; `of` is the text to show
 */
export function createRunMessage() {
  /** @type {string | null} */
  let about = null;
  let text = "";

  return {
    tell(runId, next) {
      about = runId;
      text = next;
    },
    of(shownRunId) {
      if (about !== null && about !== shownRunId) text = "";
      return text;
    },
  };
}
