/** The local cloud's own routes, and the calls to the shop that the console makes for shoppers. */

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
  if (!response.ok) {
    const message = answer.error?.message ?? `The answer was ${response.status}.`;
    throw Object.assign(new Error(message), { status: response.status });
  }
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

/** @typedef {{name: string, email: string}} Person */

/** @type {Person} */
const ADA = { name: "Ada", email: "ada@example.com" };

/** @param {Person} person */
async function signedIn(person) {
  const { id_token: token } = await post("sign-in", person);
  return { Authorization: `Bearer ${token}` };
}

/** @returns {Promise<{sku: string, name: string}[]>} */
export const products = async () => (await call("../products")).products;

/**
 * Put one thing into somebody's cart.
 *
 * @param {Person} person
 * @param {string} sku
 */
export const addAs = async (person, sku) => post("../cart", { sku, quantity: 1 }, await signedIn(person));

/**
 * Put one thing into the cart of Ada, a demo customer.
 *
 * @param {string} sku
 */
export const fillCart = (sku) => addAs(ADA, sku);

/** Put the first product of the shop into the cart of Ada, and return its name. */
export async function fillCartWithFirst() {
  const [{ sku, name }] = await products();
  await fillCart(sku);
  return name;
}

/**
 * Order what is in somebody's cart, and return the order's id; where the shop takes no orders, check
 * the cart out and return "".
 *
 * @param {Person} person
 * @returns {Promise<string>}
 */
export async function orderAs(person) {
  const headers = await signedIn(person);
  const { items, total, currency } = await call("../cart", { headers });
  /** @type {(line: {sku: string, quantity: number, unit_price: number}) => object} */
  const seen = ({ sku, quantity, unit_price }) => ({ sku, quantity, unit_price });
  try {
    const order = await post("../orders", { seen: { lines: items.map(seen), total, currency } }, headers);
    return order.order_id;
  } catch (error) {
    if (/** @type {{status?: number}} */ (error).status !== 404) throw error;
    await post("../cart/checkout", {}, headers);
    return "";
  }
}

/** @type {(orderId: string) => Promise<unknown>} */
export const pay = (orderId) => post("payments", { order_id: orderId, outcome: "paid" });

/**
 * Look at the cart that the link in a reminder is about.
 *
 * @param {string} link its token
 */
export const cartByLink = (link) => call("../guest/cart", { headers: { "Cart-Link": link } });

/**
 * Fetch a mail's text part.
 *
 * @param {string} id
 */
export async function mailText(id) {
  const response = await fetch(`inbox/${id}.txt`);
  return response.text();
}
