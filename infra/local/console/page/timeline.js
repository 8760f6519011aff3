/** What happened, the latest first; or all of one request, as a story from its beginning. */

import { $, announce, copyOf, goTo, inputOf, part, say } from "./dom.js";
import { BASE, counted, shortId, shortName, timeOfDay } from "./words.js";

const MOST_KEPT = 1_000;
const MOST_SHOWN = 200;

/** @typedef {import("./feed.js").Hop} Hop */

export class Timeline {
  /** @type {Hop[]} */
  #hops = [];
  #followed = "";
  #wanted = "";

  /** @param {(hops: Hop[], isNew: boolean) => void} onFollow called with the request's hops */
  constructor(onFollow) {
    this.onFollow = onFollow;
    $("show-reads").addEventListener("change", () => this.#showAll());
    $("follow-nothing").addEventListener("click", () => this.follow(""));
    document.addEventListener("keydown", ({ key }) => {
      if (key === "Escape" && this.#followed) this.follow("");
    });
  }

  /** The id of the request that is followed, "" if none is. */
  get followed() {
    return this.#followed;
  }

  clear() {
    this.#hops = [];
    this.follow("");
  }

  /** @param {Hop[]} hops oldest first */
  add(hops) {
    this.#hops = [...this.#hops, ...hops].slice(-MOST_KEPT);
    const adopted = hops.filter((hop) => this.#adopt(hop));
    const shown = hops.filter((hop) => this.#isShown(hop));
    for (const hop of shown) {
      if (this.#followed) $("timeline").append(rowOf(hop, this));
      else $("timeline").prepend(rowOf(hop, this));
    }
    if (this.#followed && adopted.length) this.#showAll();
    this.#trim();
    this.#describe();
    if (this.#followed && shown.length) this.onFollow(this.story, false);
    if (adopted.some(({ payload }) => payload.message_id === this.#wanted)) this.followMail(this.#wanted);
  }

  /**
   * Follow one request by its correlation id; "" shows everything again.
   *
   * @param {string} correlationId
   */
  follow(correlationId) {
    const isNew = correlationId !== this.#followed;
    this.#followed = correlationId;
    this.#wanted = "";
    this.#showAll();
    this.onFollow(this.story, isNew);
    if (isNew && correlationId) {
      announce(`Following one request: ${counted(this.story.length, "hop")}.`);
      goTo($("timeline-title"));
    }
  }

  /**
   * Follow the request that a mail belongs to, as soon as that is known.
   *
   * @param {string} messageId
   */
  followMail(messageId) {
    const sent = this.#hops.find((hop) => hop.kind === "mail" && hop.ref === messageId);
    if (sent?.correlation_id) {
      this.follow(sent.correlation_id);
      return;
    }
    this.#wanted = messageId;
    announce("The request of this mail is not known yet, or too long ago.");
  }

  /**
   * Note the request of a mail. SES does not know it, but the log line about the mail does, which
   * comes a little later; tell whether this was one.
   *
   * @param {Hop} hop
   */
  #adopt({ kind, payload, correlation_id: id }) {
    if (kind !== "log" || !payload?.message_id) return false;
    const sent = this.#hops.find((hop) => hop.kind === "mail" && hop.ref === payload.message_id);
    if (sent) sent.correlation_id = id;
    return Boolean(sent);
  }

  /** All hops of the request that is followed, in the order in which they began. */
  get story() {
    if (!this.#followed) return [];
    return this.#hops.filter((hop) => this.#isShown(hop)).sort(byBegin);
  }

  /** @param {Hop} hop */
  #isShown(hop) {
    if (this.#followed) return hop.correlation_id === this.#followed;
    return inputOf("show-reads").checked || !(hop.kind === "request" && hop.what.startsWith("GET "));
  }

  #showAll() {
    const latestFirst = () => this.#hops.filter((hop) => this.#isShown(hop)).reverse();
    const shown = this.#followed ? this.story : latestFirst();
    $("timeline").replaceChildren(...shown.slice(0, MOST_SHOWN).map((hop) => rowOf(hop, this)));
    this.#describe();
  }

  #trim() {
    const rows = $("timeline");
    while (rows.childElementCount > MOST_SHOWN) {
      (this.#followed ? rows.firstElementChild : rows.lastElementChild)?.remove();
    }
  }

  #describe() {
    const hops = $("timeline").childElementCount;
    const all = hops ? "Choose one to follow its request through every hop." : "Nothing has happened yet.";
    say($("timeline-state"), this.#followed ? "" : all);
    $("following").hidden = !this.#followed;
    const words = `Request ${shortId(this.#followed)}: ${counted(hops, "hop")}, from its beginning.`;
    if (this.#followed) say($("following-words"), words);
    $("retry").hidden = !this.story.some(({ what }) => what === `${BASE}-record_failure`);
  }
}

/**
 * Compare when two hops began. Times are in whole milliseconds; of what began in one of them, the
 * longer one brought the other about.
 *
 * @param {Hop} one
 * @param {Hop} other
 */
function byBegin(one, other) {
  return beginOf(one) - beginOf(other) || (other.duration_ms ?? 0) - (one.duration_ms ?? 0);
}

/**
 * A hop is told of when it is over.
 *
 * @param {Hop} hop
 */
function beginOf({ at, duration_ms: duration }) {
  return Math.floor(Date.parse(at) - (duration ?? 0));
}

/**
 * @param {Hop} hop
 * @param {Timeline} timeline
 */
function rowOf(hop, timeline) {
  const row = copyOf("hop");
  row.classList.toggle("failed", hop.failed);
  row.dataset.kind = hop.kind;
  const time = /** @type {HTMLTimeElement} */ (part(row, "time"));
  time.dateTime = hop.at;
  time.textContent = timeOfDay(new Date(hop.at));
  part(row, ".kind").textContent = hop.kind;
  part(row, ".what").textContent = shortName(hop.what);
  part(row, ".outcome").textContent = shortName(hop.outcome);
  part(row, ".note").textContent = noteOf(hop);
  part(row, "button").addEventListener("click", () => {
    if (hop.correlation_id) timeline.follow(hop.correlation_id);
    else announce("This belongs to no request.");
  });
  if (hop.payload) row.append(payloadOf(hop.payload));
  return row;
}

/** @param {Hop} hop */
function noteOf({ note, correlation_id: id, duration_ms: duration }) {
  const took = duration === null ? "" : `${duration.toFixed(0)} ms`;
  return [note, took, id && shortId(id)].filter(Boolean).join(" · ");
}

/**
 * The payload is written out when somebody wants to see it, and not before.
 *
 * @param {any} payload
 */
function payloadOf(payload) {
  const details = copyOf("payload");
  details.addEventListener("toggle", () => {
    say(part(details, "pre"), JSON.stringify(payload, null, 2));
  });
  return details;
}
