/** The queues, and what brings back what is dead. */

import { redrive, replay } from "./api.js";
import { $, announce, part, say, showList } from "./dom.js";
import { counted, PREFIX, shortName } from "./words.js";

/** @typedef {import("./feed.js").Queue} Queue */

export const REMINDERS_DLQ = `${PREFIX}-reminders-dlq-local`;

/**
 * @param {import("./clock.js").Clock} clock
 * @param {(error: Error) => void} onError
 */
export function offerRepairs(clock, onError) {
  /** @type {(repair: () => Promise<string>) => () => void} */
  const attempt = (repair) => () => repair().then(announce, onError);
  const replayNow = attempt(async () => {
    const seconds = Number(/** @type {HTMLSelectElement} */ (part($("replay"), "select")).value);
    // The end is not included, and an event's time is a whole second.
    const [from, to] = [clock.now - seconds * 1000, clock.now + 1000];
    const { replayed } = await replay(new Date(from), new Date(to));
    return `${counted(replayed, "event")} replayed.`;
  });
  $("redrive").addEventListener(
    "click",
    attempt(async () => `${counted((await redrive(REMINDERS_DLQ)).moved, "message")} redriven.`),
  );
  $("replay").addEventListener("submit", (event) => {
    event.preventDefault();
    replayNow();
  });
}

/** @param {Record<string, Queue>} queues */
export function showQueues(queues) {
  const names = Object.keys(queues).sort((one, other) => Number(isDlq(one)) - Number(isDlq(other)));
  showList(
    $("queues"),
    "queue",
    names,
    (name) => name,
    (element, name) => {
      const { visible, delayed, in_flight: inFlight } = queues[name];
      const [waiting, flying] = element.querySelectorAll("td");
      say(part(element, "th"), shortName(name));
      say(waiting, String(visible + delayed));
      say(flying, String(inFlight));
      element.classList.toggle("failed", isDlq(name) && visible > 0);
    },
  );
}

/**
 * Return how many messages of a queue there are, wherever they are.
 *
 * @param {Queue | undefined} queue
 */
export function depth(queue) {
  return queue ? queue.visible + queue.in_flight + queue.delayed : 0;
}

/** @param {string} name */
export function isDlq(name) {
  return name.includes("-dlq-");
}
