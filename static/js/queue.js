/** Work on what the state lacks, one piece at a time; a piece that fails rests for a while and holds up no other. */

const RETRY_MS = 2_000;

/**
 * @template S
 * @template D
 * @typedef {object} Queue
 * @property {(state: S) => D[]} due   what is to be done, the most urgent first
 * @property {(due: D) => string} key  tells one piece from another
 * @property {(due: D) => Promise<void>} work
 */

/**
 * A listener that works as long as something is due.
 * @template S
 * @template D
 * @param {{ state: S }} store
 * @param {Queue<S, D>} queue
 * @returns {() => Promise<void>}
 */
export function createQueue(store, { due, key, work }) {
  let isWorking = false;
  /** @type {Set<string>} */
  const resting = new Set();
  const next = () => due(store.state).find((piece) => !resting.has(key(piece)));

  async function goOn() {
    if (isWorking) return;
    isWorking = true;
    for (let piece = next(); piece !== undefined; piece = next()) {
      await work(piece).catch((error) => rest(key(/** @type {D} */ (piece)), error));
    }
    isWorking = false;
  }

  /** What the server refuses it would refuse again: such a piece rests for good. */
  function rest(/** @type {string} */ name, /** @type {any} */ error) {
    resting.add(name);
    if (isRefusal(error)) return;
    setTimeout(() => {
      resting.delete(name);
      goOn();
    }, RETRY_MS);
  }

  return goOn;
}

/**
 * Whether the server has answered that there is no such thing, or that it was asked in the wrong way.
 * @param {any} error
 * @returns {boolean}
 */
export function isRefusal({ status }) {
  return status === 400 || status === 404;
}
