/** Whether something must be made anew: what it was made from is compared one by one. */

/**
 * Whether both have the same values in the same places.
 * @param {readonly unknown[]} some
 * @param {readonly unknown[]} others
 * @returns {boolean}
 */
export function areSame(some, others) {
  return some.length === others.length && some.every((one, index) => one === others[index]);
}
