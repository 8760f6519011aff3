/** The architecture, as the local cloud derives it from the templates, and what to say of each place. */

import { depth } from "./queues.js";

/**
 * @typedef {import("./feed.js").State} State
 * @typedef {{id: string, kind: string, name: string, service: string, resource: string}} Place
 * @typedef {{id: string, start: string, end: string, rules: string[], sources: string[]}} Path
 * @typedef {{
 *   size: [number, number],
 *   box: [number, number],
 *   places: Record<string, [number, number]>,
 *   bars: Record<string, [number, number, number, number]>,
 *   paths: Record<string, string>,
 * }} Layout the centre of each place, each bar as x, y, width and height, each path as SVG has it
 * @typedef {{number: number, unit: string, trouble?: string}} Facts what there is to say of a place:
 *   how many of what, a noun in the singular or else an adjective
 */

/** Places and paths, and how they are drawn on a wide and on a narrow screen. */
export class Architecture {
  /**
   * @param {{
   *   places: Record<string, Place>,
   *   paths: Record<string, Omit<Path, "id">>,
   *   wide: Layout,
   *   narrow: Layout,
   * }} drawing
   */
  constructor({ places, paths, wide, narrow }) {
    this.places = places;
    this.paths = Object.entries(paths).map(([id, path]) => ({ id, ...path }));
    this.wide = wide;
    this.narrow = narrow;
  }

  static async load() {
    const response = await fetch("diagram");
    return new Architecture(await response.json());
  }

  /** @param {string} id */
  kindOf(id) {
    return this.places[id].kind;
  }

  /** @param {string} kind */
  ofKind(kind) {
    return Object.values(this.places).find((place) => place.kind === kind)?.id;
  }

  /**
   * @param {string} resource
   * @param {string} kind
   */
  ofResource(resource, kind) {
    return Object.values(this.places).find((place) => place.kind === kind && place.resource === resource)?.id;
  }

  /** @param {string} service as an ARN names it */
  ofService(service) {
    return Object.keys(this.places).find((id) => id.startsWith(`${service}:`));
  }

  /**
   * @param {string} id
   * @param {State} state
   */
  factsOf(id, state) {
    return FACTS[this.kindOf(id)]?.(state, this.places[id], this);
  }
}

/** @type {Record<string, (state: State, place: Place, map: Architecture) => Facts>} */
const FACTS = {
  api: requests,
  function: ({ counts }, { resource }) => runs(counts, resource),
  bus: ({ counts }) => ({ number: sum(counts, /^event\/(?!Email)[^/]+$/), unit: "event" }),
  archive: ({ counts }) => ({ number: sum(counts, /^event\/(?!Email|Lambda Function)[^/]+$/), unit: "seen" }),
  table: written,
  schedules: ({ schedules }) => ({ number: schedules.total, unit: "waiting" }),
  queue: ({ queues }, { resource }) => ({ number: depth(queues[resource]), unit: "waiting" }),
  dead_letters: ({ queues }, { resource }) => dead(depth(queues[resource])),
  log: ({ counts }, { resource }) => ({ number: counts[`log/${resource}`] ?? 0, unit: "line" }),
  mail: ({ inbox }) => ({ number: inbox.total, unit: "mail" }),
};

/**
 * @param {Record<string, number>} counts
 * @param {RegExp} pattern
 */
function sum(counts, pattern) {
  return Object.entries(counts).reduce((total, [key, count]) => (pattern.test(key) ? total + count : total), 0);
}

/**
 * @param {State} state
 * @returns {Facts}
 */
function requests({ counts }) {
  const failed = sum(counts, /^request\/5\d\d$/);
  return { number: counts["request/202"] ?? 0, unit: "accepted", trouble: failed ? `${failed} failed` : "" };
}

/**
 * @param {Record<string, number>} counts
 * @param {string} resource
 * @returns {Facts}
 */
function runs(counts, resource) {
  const key = `invoke/${resource}`;
  const trouble = ["failed", "retried"]
    .filter((what) => counts[`${key}/${what}`])
    .map((what) => `${counts[`${key}/${what}`]} ${what}`);
  return { number: counts[key] ?? 0, unit: "run", trouble: trouble.join(", ") };
}

/**
 * Count the runs that went well of the functions that write to a table.
 *
 * @param {State} state
 * @param {Place} table
 * @param {Architecture} map
 */
function written({ counts }, { id }, map) {
  const writers = map.paths.filter(({ start, end }) => end === id && map.kindOf(start) === "function");
  const keys = writers.map(({ start }) => `invoke/${map.places[start].resource}`);
  const number = keys.reduce((total, key) => total + (counts[key] ?? 0) - (counts[`${key}/failed`] ?? 0), 0);
  return { number, unit: "write" };
}

/**
 * @param {number} number
 * @returns {Facts}
 */
function dead(number) {
  return { number, unit: "dead", trouble: number ? `${number} dead` : "" };
}
