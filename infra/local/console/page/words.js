/** What the page says about times, numbers and names. */

const { lang: LANGUAGE, dataset: FACTS } = document.documentElement;

/** What the names of all resources begin with. */
export const PREFIX = FACTS.prefix;
/** What the names of all functions begin with; the API's is this alone. */
export const BASE = `${PREFIX}-local`;

const MOMENT = new Intl.DateTimeFormat(LANGUAGE, {
  weekday: "short",
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
});
const TIME = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit", second: "2-digit" });

/** @param {Date} date */
export const moment = (date) => MOMENT.format(date);

/** @param {Date} date */
export const timeOfDay = (date) => TIME.format(date);

/**
 * Say how long something takes in two units, on one line: "1 d 0 h", "24 min 59 s".
 *
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  return inUnits(milliseconds).replaceAll(" ", "\u00a0");
}

/** @param {number} milliseconds */
function inUnits(milliseconds) {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  const [days, hours, minutes] = [86_400, 3_600, 60].map((unit) => Math.floor(seconds / unit));
  if (days) return `${days} d ${hours % 24} h`;
  if (hours) return `${hours} h ${minutes % 60} min`;
  if (minutes) return `${minutes} min ${seconds % 60} s`;
  return `${seconds} s`;
}

/**
 * "1 mail", "2 mails".
 *
 * @type {(number: number, noun: string) => string}
 */
export const counted = (number, noun) => `${number} ${noun}${number === 1 ? "" : "s"}`;

/**
 * Return a resource's name without what all names here begin or end with.
 *
 * @type {(name: string) => string}
 */
export const shortName = (name) => name.replaceAll(`${BASE}-`, "").replace(/-local$/, "");

/**
 * Return the end of an id, which is enough to tell one from another.
 *
 * @type {(id: string) => string}
 */
export const shortId = (id) => `…${id.slice(-6)}`;
