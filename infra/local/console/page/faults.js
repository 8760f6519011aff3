/** Faults to switch on. What is armed is the local cloud's to say: others may arm it as well. */

import { advance, arm, fillCart } from "./api.js";
import { $, announce, part, say, showList } from "./dom.js";
import { BASE } from "./words.js";

const FOR_EVER = 1_000_000;
/** The product whose adds fail for some seconds, longer than Lambda tries, if the shop has one. */
const { failingSku, failingSeconds } = document.documentElement.dataset;

const FAULTS = [
  {
    target: "ses",
    times: FOR_EVER,
    name: "SES is down",
    note: "The queue tries the reminder again, later each time, and gives up after twelve receives, some five hours.",
  },
  {
    target: `function:${BASE}-persist_cart`,
    times: 2,
    name: "persist_cart fails twice",
    note: "Lambda tries again after one minute, and after two more: move the clock.",
  },
  {
    target: "network:duplicate",
    times: FOR_EVER,
    name: "Duplicate every event",
    note: "Each is delivered twice. The cart and the mail stay as they are.",
  },
  {
    target: "network:reorder",
    times: FOR_EVER,
    name: "Deliver out of order",
    note: "Each event is up to five seconds late: meanwhile the shop says “Accepted …”. The cart comes out the same.",
  },
];

/** What the local cloud is just being told: news of it may still be of before. */
const arming = new Set();

/** @param {(error: Error) => void} onError */
export function offerFaults(onError) {
  $("fail-job").hidden = !failingSku;
  showFaults({});
  for (const { target, times, name } of FAULTS) {
    const input = switchOf(target);
    input.addEventListener("change", async () => {
      arming.add(target);
      try {
        await arm(target, input.checked ? times : 0);
        announce(`${name}: ${input.checked ? "on" : "off"}.`);
      } catch (error) {
        input.checked = !input.checked;
        onError(error);
      } finally {
        arming.delete(target);
      }
    });
  }
}

/** Add the product that fails, let the time of its failure pass, and return the request's id. */
export async function failJob() {
  const { request_id: requestId } = await fillCart(String(failingSku));
  await advance(Number(failingSeconds));
  return requestId;
}

/** @param {Record<string, number>} armed how often each target is still to fail */
export function showFaults(armed) {
  showList(
    $("faults"),
    "fault",
    FAULTS,
    ({ target }) => target,
    (element, { target, name, note }) => {
      const remaining = armed[target] ?? 0;
      const isCounted = remaining > 0 && remaining < FOR_EVER / 2;
      if (!arming.has(target)) /** @type {HTMLInputElement} */ (part(element, "input")).checked = remaining > 0;
      say(part(element, ".what"), isCounted ? `${name} (${remaining} to go)` : name);
      say(part(element, ".note"), note);
    },
  );
}

/** @param {string} target */
function switchOf(target) {
  return /** @type {HTMLInputElement} */ (part($("faults"), `[data-key="${target}"] input`));
}
