/** What two readings of the machine say, in words. Knows no DOM and no network. */

import { counted, number } from "../format.js";

const GIGABYTE = 1e9;
const MISSING = "–";

/**
 * @typedef {{ clock_s: number, cpu_s: number, cpu_count: number, threads: number, memory_bytes: number | null,
 *   machine_memory_bytes: number | null }} Reading
 */

/**
 * Load of the processors since the reading before, in percent of one.
 * @param {Reading | null} before
 * @param {Reading} reading
 * @returns {number | null}  null when it cannot be told: no reading before, or another process
 */
export function cpuPercent(before, reading) {
  if (before === null) return null;
  const [worked, passed] = [reading.cpu_s - before.cpu_s, reading.clock_s - before.clock_s];
  return passed > 0 && worked >= 0 ? (100 * worked) / passed : null;
}

/**
 * @param {Reading | null} before
 * @param {Reading | null} reading
 * @returns {{ cpu: string, processors: string, memory: string, machine: string }}
 */
export function loadTexts(before, reading) {
  if (reading === null) return { cpu: MISSING, processors: "", memory: MISSING, machine: "" };
  const percent = cpuPercent(before, reading);
  const { cpu_count: count, memory_bytes: own, machine_memory_bytes: whole } = reading;
  return {
    cpu: percent === null ? MISSING : `${number(percent / count)} %`,
    processors: percent === null ? "" : `of ${counted(count, "processor")}`,
    memory: own === null ? MISSING : size(own),
    machine: whole === null || own === null ? "" : `of ${size(whole)}`,
  };
}

function size(bytes) {
  return bytes < GIGABYTE ? `${number(bytes / 1e6)} MB` : `${number(bytes / GIGABYTE, 1)} GB`;
}
