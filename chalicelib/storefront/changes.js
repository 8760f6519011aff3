/**
 * What the customer wants changed and the cart does not confirm yet.
 *
 * The list survives a reload and an expired session. Each change keeps the idempotency key it was
 * born with, so that sending it again, whenever that is, never adds twice.
 *
 * @typedef {object} Change
 * @property {string} key the idempotency key
 * @property {"add" | "remove" | "checkout" | "merge"} kind
 * @property {"queued" | "sending" | "accepted" | "unconfirmed" | "failed"} state
 *   "unconfirmed": accepted, but so long ago that nobody asks about it any more
 * @property {string} [sku]
 * @property {number} [quantity] of an add
 * @property {number} [rest] of a removal: how many are added again at once
 * @property {string} [restOf] of such an add: the removal's key
 * @property {string} [guest] whose cart it concerns, if not the owner's: a guest's token
 * @property {object[]} [items] of a merge: what that guest's cart is known to hold
 * @property {string} [requestId] once accepted
 * @property {string} [error] why it failed, for people
 */

/** The owner of what is done by those who have not signed in. */
export const GUEST = "guest";

// The most that one add may put into a cart.
const LARGEST_ADD = 99;

export class Changes {
  #storage;
  #name;
  #changed;

  /** @param {() => void} changed called after every change of the list */
  constructor(storage, owner, changed) {
    this.owner = owner;
    this.#storage = storage;
    this.#name = `changes of ${owner}`;
    this.#changed = changed;
    /** @type {Change[]} */
    this.list = JSON.parse(storage.getItem(this.#name) ?? "[]");
    // The answer to what was being sent got lost with the page that sent it.
    for (const change of this.in("sending")) change.state = "queued";
  }

  /** @returns {Change[]} those in one of these states, oldest first */
  in(...states) {
    return this.list.filter((change) => states.includes(change.state));
  }

  add(...wishes) {
    this.list.push(...wishes.map(queued));
    this.#keep();
  }

  /**
   * Leave only this many of a product: the API can remove all, and add. Both are kept together, so
   * that whatever happens in between both are sent, the removal first.
   */
  lower(sku, rest) {
    const removal = queued({ kind: "remove", sku, rest });
    this.list.push(removal);
    this.add(...addsOf({ sku, quantity: rest }).map((add) => ({ ...add, restOf: removal.key })));
  }

  /**
   * Try a failed change again with its key: should it be done after all, it counts once. But what
   * could not be lowered is lowered anew, for the rest may have been added.
   */
  retry(change) {
    if (!change.rest) return this.update(change, { state: "queued", requestId: undefined });
    this.dismiss(change);
    this.lower(change.sku, change.rest);
  }

  dismiss({ key }) {
    this.drop(...this.list.filter((change) => change.key === key || change.restOf === key));
  }

  /** What failed, but for what was to be put back and was never removed. */
  get problems() {
    const keys = this.list.map(({ key }) => key);
    return this.in("failed").filter(({ restOf }) => !keys.includes(restOf));
  }

  update(change, facts) {
    Object.assign(change, facts);
    this.#keep();
  }

  drop(...changes) {
    this.list = this.list.filter((change) => !changes.includes(change));
    this.#keep();
  }

  /**
   * Take over what was done by a guest who turned out to be this customer. What may have reached
   * the guest's cart goes on to concern that one: in another cart it would count once more.
   *
   * @param {string | null} guest the token; without one there is no cart yet
   * @param {object[]} items what the guest's cart is known to hold
   */
  adopt(others, guest, items) {
    if (guest) this.list.push(queued({ kind: "merge", guest, items }));
    const own = ({ state, ...change }) => ({ ...change, guest, state: state === "sending" ? "queued" : state });
    this.list.push(...others.list.map(own));
    this.#keep();
    others.drop(...others.list);
  }

  /** Do anew what concerned a guest's cart that is lost; it held `items` besides, as far as is known. */
  rescue(items) {
    const anew = ({ guest, requestId, ...change }) =>
      change.kind === "merge" ? change.items.flatMap(addsOf).map(queued) : { ...change, state: "queued" };
    const isLost = ({ guest, state }) => (guest || this.owner === GUEST) && state !== "failed";
    const list = this.list.flatMap((change) => (isLost(change) ? anew(change) : change));
    this.list = [...items.flatMap(addsOf).map(queued), ...list];
    this.#keep();
  }

  #keep() {
    if (this.list.length) this.#storage.setItem(this.#name, JSON.stringify(this.list));
    else this.#storage.removeItem(this.#name);
    this.#changed();
  }
}

const queued = (wish) => ({ ...wish, key: crypto.randomUUID(), state: "queued" });

/** Return the adds that put this many into a cart. */
export function addsOf({ sku, quantity }) {
  if (quantity <= 0) return [];
  const add = { kind: "add", sku, quantity: Math.min(quantity, LARGEST_ADD) };
  return [add, ...addsOf({ sku, quantity: quantity - LARGEST_ADD })];
}

/**
 * Return the cart as it will be once the changes that have not failed are made.
 *
 * @param {{items: object[]}} cart as the server confirmed it
 * @param {Map<string, object>} products by SKU
 */
export function preview(cart, changes, products) {
  const lines = new Map(cart.items.map((item) => [item.sku, { ...item }]));
  const put = ({ sku, quantity }) => {
    if (lines.has(sku)) lines.get(sku).quantity += quantity;
    else if (products.has(sku)) lines.set(sku, { ...products.get(sku), quantity });
  };
  for (const change of changes) {
    if (change.state === "failed") continue;
    if (change.kind === "checkout") lines.clear();
    else if (change.kind === "remove") lines.delete(change.sku);
    else if (change.kind === "merge") change.items.forEach(put);
    else put(change);
  }
  const items = [...lines.values()];
  for (const item of items) item.subtotal = item.available === false ? 0 : item.unit_price * item.quantity;
  return { ...cart, items, total: items.reduce((sum, item) => sum + item.subtotal, 0) };
}

/** Return the method, path and options of the call that makes a change. */
export function requestFor({ kind, sku, quantity, guest, key }) {
  const cart = cartOf({ kind, guest });
  switch (kind) {
    case "add":
      return ["POST", cart, { key, guest, body: { sku, quantity } }];
    case "remove":
      return ["DELETE", `${cart}/${sku}`, { key, guest }];
    case "merge":
      return ["POST", "cart/merge", { key, body: { guest_token: guest } }];
    default:
      return ["POST", `cart/${kind}`, { key }];
  }
}

/** Return the same of the call that asks what became of it. */
export function statusRequestFor({ kind, guest, requestId }) {
  return ["GET", `${cartOf({ kind, guest })}/requests/${requestId}`, { guest }];
}

function cartOf({ kind, guest }) {
  return guest && kind !== "merge" ? "guest/cart" : "cart";
}
