/** The shop's HTTP API. Paths are relative to the page, which may live below a stage path. */

// API Gateway gives up after 29 seconds; a customer does sooner.
const LONGEST_WAIT = 15_000;

/** The server said no, in its one error shape. */
export class Refused extends Error {
  /**
   * @param {number} status the HTTP status
   * @param {string} code what went wrong, for programs
   * @param {string} message what went wrong, for people
   * @param {number} retryAfter when to ask again, in milliseconds; 0 if the server did not say
   */
  constructor(status, code, message, retryAfter = 0) {
    super(message);
    Object.assign(this, { status, code, retryAfter });
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
 * Call one route and return the answer's JSON.
 *
 * @param {string} method
 * @param {string} path
 * @param {{token?: string, body?: object, key?: string}} options `key` is the idempotency key
 * @throws {Refused | Unreachable}
 */
export async function call(method, path, { token, body, key } = {}) {
  const headers = { Accept: "application/json" };
  if (token) headers.Authorization = `Bearer ${token}`;
  if (key) headers["Idempotency-Key"] = key;
  if (body) headers["Content-Type"] = "application/json";
  return exchange(path, { method, headers, body: body && JSON.stringify(body) }, refusal);
}

/**
 * Fetch JSON; `refusalOf(response, answer)` makes the error of an answer that is not 2xx.
 *
 * @throws {Refused | Unreachable}
 */
export async function exchange(url, request, refusalOf) {
  const signal = AbortSignal.timeout(LONGEST_WAIT);
  let response, answer;
  try {
    response = await fetch(url, { ...request, signal, cache: "no-store" });
    answer = await response.json();
  } catch (error) {
    // An error page of some proxy is no JSON, but its status still says what to do.
    if (!response || response.ok) throw new Unreachable("No answer came.", { cause: error });
  }
  if (!response.ok) throw refusalOf(response, answer);
  return answer;
}

function refusal(response, answer) {
  const { code = "unknown", message = `The shop answered ${response.status}.` } = answer?.error ?? {};
  return new Refused(response.status, code, message, retryAfterOf(response));
}

/** Read Retry-After, which is seconds or a date (RFC 9110, section 10.2.3). */
function retryAfterOf(response) {
  const value = response.headers.get("Retry-After");
  if (!value) return 0;
  const milliseconds = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Math.max(milliseconds, 0) || 0;
}
