/**
 * What somebody looks for among the runs: words, whole numbers, a tag, or a setting's value. Knows no DOM.
 *
 *   fee 10          a run with both; 10 is not found in 100 or in 0.10
 *   tag:baseline    a tag that begins so; status:finished as well
 *   fee=10          a setting by its label or its name; also < > <= >=, and for sharpe and episodes as well
 *   "hidden units"  words that belong together
 */

import { spaced } from "../format.js";
import { plainText } from "../parameters.js";
/**
 * @typedef {import("./rows.js").Row} Row
 * @typedef {(row: Row) => boolean} Condition
 */

const WORD = /(?:"[^"]*"?|[^\s"])+/g;
const COMPARISON = /^([^<>=]+?)(<=|>=|=|<|>)(.*)$/;
const NUMBER = /(?<![\w.])[-−]?\d[\d,]*(?:\.\d+)?(?:e[-+−]?\d+)?(?![\d.]*\d)/gi;

/** What `tag:` and its like look at the beginnings of. */
const PREFIXED = { tag: ({ tags }) => tags, status: ({ run }) => [run.status] };

/** What can be compared beside the settings. */
const RESULTS = { sharpe: ({ best }) => best, episodes: ({ run }) => run.episodes };

const COMPARISONS = {
  "=": (a, b) => a === b,
  "<": (a, b) => a < b,
  ">": (a, b) => a > b,
  "<=": (a, b) => a <= b,
  ">=": (a, b) => a >= b,
};

/**
 * @param {string} find
 * @param {Pick<import("../parameters.js").Parameter, "name" | "label">[]} parameters
 * @returns {Condition} whether a run has all of it
 */
export function conditionOf(find, parameters) {
  const conditions = wordsOf(find).map((word) => conditionOfWord(word, parameters));
  return (row) => conditions.every((holds) => holds(row));
}

/**
 * The first name in it that is compared and that nothing has, with what may have been meant.
 * @param {string} find
 * @param {Pick<import("../parameters.js").Parameter, "name" | "label">[]} parameters
 * @returns {{ name: string, similar: string[] } | null}
 */
export function unknownName(find, parameters) {
  const names = wordsOf(find).map((word) => COMPARISON.exec(word)?.[1].trim());
  const name = names.find((each) => each && !reader(each, parameters));
  if (!name) return null;
  const wanted = spaced(name);
  const isSimilar = (text) => ` ${text}`.includes(` ${wanted}`) || initials(text) === wanted;
  const similar = parameters.filter((one) => [spaced(one.name), one.label.toLowerCase()].some(isSimilar));
  return { name, similar: similar.map((one) => one.name) };
}

function wordsOf(/** @type {string} */ find) {
  const spaceless = find.toLowerCase().replace(/\s*(<=|>=|=|<|>)\s*/g, "$1");
  return (spaceless.match(WORD) ?? []).map((word) => word.replaceAll('"', ""));
}

function initials(/** @type {string} */ text) {
  return text.split(" ").map((word) => word[0]).join("");
}

/** @returns {Condition} */
function conditionOfWord(word, parameters) {
  const [, prefix, beginning] = /^(\w+):(.*)$/.exec(word) ?? [];
  if (Object.hasOwn(PREFIXED, prefix ?? ""))
    return (row) => beginning === "" || PREFIXED[prefix](row).some((own) => own.toLowerCase().startsWith(beginning));
  const [, name, comparison, value] = COMPARISON.exec(word) ?? [];
  const valuesOf = name && reader(name.trim(), parameters);
  if (valuesOf) return (row) => value === "" || valuesOf(row).some((own) => compares(own, comparison, value));
  const wanted = asNumber(word);
  return wanted === null ? (row) => textOf(row).includes(word) : (row) => numbersIn(textOf(row)).includes(wanted);
}

/** How to read what is called so: one value, or several of a setting that was changed; undefined for an unknown name. */
function reader(name, parameters) {
  if (Object.hasOwn(RESULTS, name)) return (/** @type {Row} */ row) => [RESULTS[name](row)];
  const parameter = parameters.find((one) => spaced(one.name) === spaced(name) || one.label.toLowerCase() === spaced(name));
  if (!parameter) return undefined;
  return (/** @type {Row} */ { settings }) => {
    const setting = settings[parameter.name];
    return Array.isArray(setting) ? setting.map(({ value }) => value) : [setting];
  };
}

function compares(own, comparison, value) {
  const wanted = asNumber(value);
  if (typeof own === "number" && wanted !== null) return COMPARISONS[comparison](own, wanted);
  return comparison === "=" && plainText(own).toLowerCase() === spaced(value);
}

function textOf({ run, name, tags, notes, highlights, names }) {
  return [run.run_id, run.status, run.config.dataset, name, notes, ...tags, ...highlights, names].join("\n").toLowerCase();
}

function numbersIn(text) {
  return (text.match(NUMBER) ?? []).map(asNumber);
}

/** The number that a whole word is; null for any other word. */
function asNumber(word) {
  const plain = word.replaceAll(",", "").replaceAll("−", "-");
  return /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(plain) ? Number(plain) : null;
}
