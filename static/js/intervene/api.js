/** The requests of a person who steps in. Knows no state and no DOM. */

import { runPath } from "../api.js";
import { post, request } from "../network.js";

/**
 * @param {string} runId
 * @returns {Promise<import("./actions.js").Action[]>} in order
 */
export const fetchActions = async (runId) => (await request(`${runPath(runId)}/actions`)).actions;

/**
 * @param {string} runId
 * @param {Record<string, unknown>} values
 * @returns {Promise<any>} the run, with the values among those that wait for the next episode
 */
export const changeRun = async (runId, values) => (await post(`${runPath(runId)}/changes`, values)).run;

/**
 * @param {string} runId
 * @returns {Promise<{ step: number, episode: number }>} where the policy that will be evaluated is
 */
export const evaluateNow = (runId) => post(`${runPath(runId)}/evaluations`, {});
