/** Which places and paths of the architecture a hop concerns. */

/**
 * @typedef {import("./map.js").Architecture} Architecture
 * @typedef {import("./feed.js").Hop} Hop
 * @typedef {{path: string, isBack?: boolean}} Leg a path, travelled back if so said
 * @typedef {{place?: string, legs: Leg[]}} Journey
 */

/**
 * @param {Hop} hop
 * @param {Architecture} map
 * @returns {Journey}
 */
export function journeyOf(hop, map) {
  const journey = OF_KINDS[hop.kind]?.(hop, map);
  return journey ?? { legs: [] };
}

/** @type {Record<string, (hop: Hop, map: Architecture) => Journey | undefined>} */
const OF_KINDS = {
  request: ({ outcome }, map) => (outcome === "202" ? arriving(map.ofKind("api"), map) : undefined),
  event: ofEvent,
  rule: ({ what }, map) => ({ legs: map.paths.filter(({ rules }) => rules.includes(what)).map(leg) }),
  invoke: ({ what, failed }, map) => {
    const place = map.ofResource(what, "function") ?? map.ofResource(what, "api");
    const writes = map.paths.filter(({ start, end }) => start === place && map.kindOf(end) === "table");
    return { place, legs: failed ? [] : writes.map(leg) };
  },
  schedule: ({ outcome, function: sender }, map) => {
    const place = map.ofKind("schedules");
    return outcome.startsWith("due") ? arriving(place, map, sender) : { place, legs: [] };
  },
  queue: ({ what, outcome }, map) => {
    const dead = map.ofResource(what, "dead_letters");
    // A dead-letter queue only tells of being redriven; what dies shows in its depth.
    if (dead) return { place: dead, legs: arriving(dead, map).legs.map(back) };
    const place = map.ofResource(what, "queue");
    const leaving = map.paths.filter(({ start, end }) => start === place && map.kindOf(end) === "function");
    return { place, legs: outcome === "message received" ? leaving.map(leg) : [] };
  },
  mail: ({ function: sender }, map) => arriving(map.ofKind("mail"), map, sender),
};

/**
 * @param {Hop} hop
 * @param {Architecture} map
 * @returns {Journey}
 */
function ofEvent({ note, payload, function: running }, map) {
  const source = payload?.source ?? "";
  if (source.startsWith("aws.")) return { place: map.ofService(source.slice("aws.".length)), legs: [] };
  const place = map.ofKind("bus");
  const kept = map.paths.filter((path) => path.start === place && carries(path, source));
  if (note.startsWith("replay-")) return { place, legs: kept.map(leg).map(back) };
  const sender = payload?.detail?.requestContext?.functionArn?.split(":")[6] ?? running;
  const came = map.paths.filter(
    (path) => path.end === place && carries(path, source) && isFrom(sender, path.start, map),
  );
  return { place, legs: [...came, ...kept].map(leg) };
}

/**
 * @param {import("./map.js").Path} path
 * @param {string} source
 */
function carries({ sources }, source) {
  return sources.some((one) => (one.endsWith("*") ? source.startsWith(one.slice(0, -1)) : source === one));
}

/**
 * @param {string | undefined} place
 * @param {Architecture} map
 * @param {string} [sender] the function that sends, if one does
 * @returns {Journey}
 */
function arriving(place, map, sender) {
  return { place, legs: map.paths.filter(({ start, end }) => end === place && isFrom(sender, start, map)).map(leg) };
}

/**
 * Whether something comes from a place: from the function that sends it, or else from no function.
 *
 * @param {string | undefined} sender
 * @param {string} start
 * @param {Architecture} map
 */
function isFrom(sender, start, map) {
  const { kind, resource } = map.places[start];
  return sender ? resource === sender : kind !== "function" && kind !== "api";
}

/** @type {(path: import("./map.js").Path) => Leg} */
const leg = ({ id }) => ({ path: id });

/** @type {(leg: Leg) => Leg} */
const back = ({ path }) => ({ path, isBack: true });
