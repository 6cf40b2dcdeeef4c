/** The requests about checkpoints. Knows no state and no DOM. */

import { runPath } from "../api.js";
import { post, request } from "../network.js";

/**
 * @param {string} runId
 * @returns {Promise<any[]>} by step
 */
export const fetchCheckpoints = async (runId) => (await request(`${runPath(runId)}/checkpoints`)).checkpoints;

/**
 * @param {string} runId
 * @returns {Promise<any>}
 */
export const saveCheckpoint = (runId) => post(`${runPath(runId)}/checkpoints`, {});

/**
 * @param {string} runId
 * @param {number} step
 * @param {boolean} isPinned
 * @returns {Promise<any>}
 */
export const pinCheckpoint = (runId, step, isPinned) =>
  post(`${runPath(runId)}/checkpoints/${step}/${isPinned ? "pin" : "unpin"}`, {});

/**
 * @param {string} runId
 * @param {number} step
 * @returns {Promise<any>} the run as it was then
 */
export const rollBack = async (runId, step) => (await post(`${runPath(runId)}/rollback`, { step })).run;

/**
 * @param {string} runId
 * @param {number} step
 * @param {Record<string, unknown>} config  what changes
 * @param {string} name  may be empty
 * @returns {Promise<any>} the new run
 */
export const forkRun = async (runId, step, config, name) =>
  (await post(`${runPath(runId)}/fork`, { step, config, name })).run;

/**
 * Where the checkpoint can be downloaded.
 * @param {string} runId
 * @param {number} step
 * @returns {string}
 */
export const checkpointPath = (runId, step) => `${runPath(runId)}/checkpoints/${step}`;

/**
 * Where its policy can be downloaded as ONNX.
 * @param {string} runId
 * @param {number} step
 * @returns {string}
 */
export const policyPath = (runId, step) => `${checkpointPath(runId, step)}/policy`;
