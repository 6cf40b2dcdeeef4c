/**
 * Numbers, times and durations as people read them; an undefined value is always "–".
 * Knows no DOM and no state.
 */

const MISSING = "–";
const MINUS = "−";
/** By their decimals: making one costs as much as writing dozens of numbers. @type {Map<number, Intl.NumberFormat>} */
const formats = new Map();
const PLAIN = new Intl.NumberFormat("en-US", { maximumSignificantDigits: 12 });
const SHORT = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });

/**
 * A number with a fixed number of decimals, grouped thousands and a true minus sign.
 * @param {number | null | undefined} value
 * @param {number} [decimals]
 * @returns {string}
 */
export function number(value, decimals = 0) {
  if (!Number.isFinite(value)) return MISSING;
  const text = formatWith(decimals).format(value);
  return /^-[0.,]*$/.test(text) ? text.slice(1) : text.replace("-", MINUS);
}

/**
 * A number with three to four significant digits, whatever its size: 12,345 · 1.234 · 0.00123.
 * @param {number | null | undefined} value
 * @returns {string}
 */
export function figure(value) {
  if (!Number.isFinite(value)) return MISSING;
  if (Number.isInteger(value)) return number(value);
  const size = Math.abs(value);
  if (size >= 1000) return number(value);
  if (size >= 100) return number(value, 1);
  if (size >= 10) return number(value, 2);
  if (size >= 0.01) return number(value, 3);
  if (size >= 0.0001) return value.toPrecision(3).replace("-", MINUS);
  return value.toExponential(2).replaceAll("-", MINUS);
}

/**
 * A price with six significant digits, but never without its cents: 1,234.56 · 95.1234 · 1.08765 · 0.00123456.
 * @param {number | null | undefined} value
 * @returns {string}
 */
export function price(value) {
  const size = Math.floor(Math.log10(Math.abs(Number(value))));
  return number(value, Math.min(8, Math.max(2, 5 - size)));
}

/**
 * A number as a person would write it: no padding zeros, grouped thousands.
 * @param {number} value
 * @returns {string}
 */
export function plain(value) {
  return PLAIN.format(value).replace("-", MINUS);
}

/**
 * A round number where there is little room: "300k", "10M".
 * @param {number} value
 * @returns {string}
 */
export function short(value) {
  return SHORT.format(value).replace("K", "k").replace("-", MINUS);
}

/**
 * How much of the whole is done: "62 %", and "100 %" only once all of it is.
 * @param {number} done
 * @param {number} whole
 * @returns {string}
 */
export function share(done, whole) {
  return `${Math.floor((100 * done) / whole)} %`;
}

/**
 * A number that always shows its sign.
 * @param {number | null | undefined} value
 * @param {number} [decimals]
 * @returns {string}
 */
export function signed(value, decimals = 2) {
  const text = number(value, decimals);
  return value !== null && value !== undefined && value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}

/**
 * Seconds as "45 s", "3 min 20 s", "2 h 05 min", "3 d 4 h".
 * @param {number | null | undefined} seconds
 * @returns {string}
 */
export function duration(seconds) {
  if (!Number.isFinite(seconds)) return MISSING;
  const whole = Math.max(0, Math.round(seconds));
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${pad(whole % 60)} s`;
  const minutes = Math.round(whole / 60);
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${pad(minutes % 60)} min`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes % 1440) / 60)} h`;
}

/**
 * Seconds between two ISO times; null when the first is missing.
 * @param {string | null} from
 * @param {string | null} to  the end, or null for `now`
 * @param {number} now  milliseconds
 * @returns {number | null}
 */
export function secondsBetween(from, to, now) {
  if (!from) return null;
  return ((to ? Date.parse(to) : now) - Date.parse(from)) / 1000;
}

/**
 * An ISO time in the reader's own zone: "23 Nov, 05:12:00", of another year "23 Nov 2025, 05:12:00".
 * @param {string | null} iso
 * @param {Date} [now]
 * @returns {string}
 */
export function moment(iso, now = new Date()) {
  if (!iso) return MISSING;
  const time = new Date(iso);
  const year = time.getFullYear() === now.getFullYear() ? undefined : "numeric";
  const day = time.toLocaleDateString("en-GB", { day: "numeric", month: "short", year });
  return `${day}, ${time.toLocaleTimeString("en-GB", { hour12: false })}`;
}

/**
 * The same without seconds: "23 Nov, 05:12".
 * @param {string | null} iso
 * @returns {string}
 */
export function minute(iso) {
  return moment(iso).replace(/:\d\d$/, "");
}

/**
 * A position, a signed fraction of equity, in words: "long 42 %", "flat".
 * @param {number | null | undefined} fraction
 * @returns {string}
 */
export function position(fraction) {
  if (!Number.isFinite(fraction)) return MISSING;
  const percent = number(Math.abs(fraction) * 100);
  if (percent === "0") return "flat";
  return `${fraction > 0 ? "long" : "short"} ${percent} %`;
}

/**
 * The first characters of a fingerprint, enough to compare by eye.
 * @param {string | null | undefined} hash
 * @returns {string}
 */
export function shortHash(hash) {
  return hash ? hash.slice(0, 10) : MISSING;
}

/**
 * A name of the program as it is read: "random actions".
 * @param {string} name
 * @returns {string}
 */
export function spaced(name) {
  return name.replaceAll("_", " ");
}

/**
 * @param {string} phase
 * @returns {string}
 */
export function phaseText(phase) {
  return phase === "warmup" ? "warm-up" : phase;
}

/**
 * "1 episode", "2 episodes".
 * @param {number} count
 * @param {string} noun
 * @returns {string}
 */
export function counted(count, noun) {
  return `${number(count)} ${noun}${count === 1 ? "" : "s"}`;
}

function pad(value) {
  return String(value).padStart(2, "0");
}

function formatWith(decimals) {
  const known = formats.get(decimals);
  if (known) return known;
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  const made = new Intl.NumberFormat("en-US", options);
  formats.set(decimals, made);
  return made;
}
