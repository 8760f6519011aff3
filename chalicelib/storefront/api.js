/** The shop's HTTP API. Paths are relative to the page, which may live below a stage path. */

import { text } from "./words.js";

// API Gateway gives up after 29 seconds; a customer does sooner.
const LONGEST_WAIT = 15_000;

/** The server said no, in its one error shape. */
export class Refused extends Error {
  /**
   * `code` is for programs, `message` for people; `retryAfter` is in milliseconds, 0 if not said.
   *
   * @param {number} status
   * @param {string} code
   * @param {string} message
   */
  constructor(status, code, message, retryAfter = 0) {
    super(message);
    this.status = status;
    this.code = code;
    this.retryAfter = retryAfter;
  }

  get isTemporary() {
    return this.status >= 500 || this.status === 429;
  }
}

/** No usable answer came: there is no network, a line broke, or it took too long. */
export class Unreachable extends Error {
  isTemporary = true;
}

/**
 * Whether a guest's token is not valid (any more), and what the cart held is lost with it.
 *
 * @param {Failure} error
 */
export const isGuestUnknown = ({ code }) => code === "invalid_guest_token";

/**
 * Call one route and return the answer's JSON. `token` is a customer's, `guest` a guest's, `key`
 * the idempotency key.
 *
 * @throws {Refused | Unreachable}
 * @param {string} method
 * @param {string} path
 * @param {Options} [options]
 */
export async function call(method, path, { token, guest, body, key } = {}) {
  /** @type {Record<string, string>} */
  const headers = { Accept: "application/json", "Accept-Language": document.documentElement.lang };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (guest) headers["Guest-Token"] = guest;
  if (key) headers["Idempotency-Key"] = key;
  if (body) headers["Content-Type"] = "application/json";
  return exchange(path, { method, headers, body: body && JSON.stringify(body) }, refusal);
}

/**
 * Fetch JSON; `refusalOf(response, answer)` makes the error of an answer that is not 2xx.
 *
 * @param {string} url
 * @param {RequestInit} request
 * @param {(response: Response, answer: any) => Error} refusalOf
 * @returns {Promise<any>}
 */
export async function exchange(url, request, refusalOf) {
  const signal = AbortSignal.timeout(LONGEST_WAIT);
  let response, answer;
  try {
    response = await fetch(url, { ...request, signal, cache: "no-store" });
    answer = await response.json();
  } catch (error) {
    // An error page of some proxy is no JSON, but its status still says what to do.
    if (!response || response.ok) throw new Unreachable(text("no_answer"), { cause: error });
  }
  if (!response.ok) throw refusalOf(response, answer);
  return answer;
}

/**
 * @param {Response} response
 * @param {any} answer
 */
function refusal(response, answer) {
  const { code = "unknown", message = text("shop_answered", { status: response.status }) } = answer?.error ?? {};
  const retryAfter = Number(response.headers.get("Retry-After")) * 1000 || 0;
  return new Refused(response.status, code, message, retryAfter);
}
