/** The local cloud's own routes, and the one call to the shop that the guide makes. */

// Moving the clock by a day does a day's work first.
const LONGEST_WAIT = 60_000;

/**
 * Call a route and return the answer's JSON.
 *
 * @param {string} path relative to the page
 * @param {object} fields the body
 * @param {Record<string, string>} [headers]
 * @throws {Error} with a message for people
 */
export async function post(path, fields, headers = {}) {
  const sent = { "Content-Type": "application/json", ...headers };
  return call(path, { method: "POST", headers: sent, body: JSON.stringify(fields) });
}

/** @param {string} path @param {RequestInit} [options] */
async function call(path, options = {}) {
  let response, answer;
  try {
    response = await fetch(path, { ...options, signal: AbortSignal.timeout(LONGEST_WAIT) });
    answer = await response.json();
  } catch (error) {
    throw new Error("The local cloud does not answer. Is it still running?", { cause: error });
  }
  if (!response.ok) throw new Error(answer.error?.message ?? `The answer was ${response.status}.`);
  return answer;
}

/** @type {(seconds: number) => Promise<{now: string}>} */
export const advance = (seconds) => post("clock", { advance_seconds: seconds });

/** @type {(target: string, times: number) => Promise<unknown>} */
export const arm = (target, times) => post("faults", { target, fail_next: times });

/** @type {(queue: string) => Promise<{moved: number}>} */
export const redrive = (queue) => post("redrive", { queue });

/** @type {(requestId: string) => Promise<unknown>} */
export const retry = (requestId) => post("retry", { request_id: requestId });

/** @param {Date} from @param {Date} to */
export const replay = (from, to) => post("replay", { from: from.toISOString(), to: to.toISOString() });

const ADA = { name: "Ada", email: "ada@example.com" };

/**
 * Put one thing into the cart of Ada, a demo customer.
 *
 * @param {string} sku
 */
export async function fillCart(sku) {
  const { id_token: token } = await post("sign-in", ADA);
  return post("../cart", { sku, quantity: 1 }, { Authorization: `Bearer ${token}` });
}

/** Put the first product of the shop into the cart of Ada, and return its name. */
export async function fillCartWithFirst() {
  const { products } = await call("../products");
  await fillCart(products[0].sku);
  return products[0].name;
}

/**
 * Fetch a mail's text part.
 *
 * @param {string} id
 */
export async function mailText(id) {
  const response = await fetch(`inbox/${id}.txt`);
  return response.text();
}
