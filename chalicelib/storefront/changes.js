/**
 * What the customer wants changed and the cart does not confirm yet.
 *
 * The list survives a reload and an expired session. Each change keeps the idempotency key it was
 * born with, so that sending it again, whenever that is, never adds twice.
 *
 * @typedef {object} Change
 * @property {string} key the idempotency key
 * @property {"add" | "remove" | "checkout"} kind
 * @property {string} [sku]
 * @property {number} [quantity]
 * @property {"queued" | "sending" | "accepted" | "unconfirmed" | "failed"} state
 *   "unconfirmed": accepted, but so long ago that nobody asks about it any more
 * @property {string} [requestId] once accepted
 * @property {string} [error] why it failed, for people
 */
export class Changes {
  #storage;
  #name;
  #changed;

  /**
   * @param {Storage} storage
   * @param {string} owner a customer's id, or "guest"
   * @param {() => void} changed called after every change of the list
   */
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

  /** @param {{kind: string, sku?: string, quantity?: number}} wish */
  add(wish) {
    this.list.push({ ...wish, key: crypto.randomUUID(), state: "queued" });
    this.#keep();
  }

  update(change, facts) {
    Object.assign(change, facts);
    this.#keep();
  }

  drop(...changes) {
    this.list = this.list.filter((change) => !changes.includes(change));
    this.#keep();
  }

  /** Take over the changes of somebody who turned out to be this customer. */
  adopt(others) {
    this.list.push(...others.list);
    others.drop(...others.list);
    this.#keep();
  }

  #keep() {
    if (this.list.length) this.#storage.setItem(this.#name, JSON.stringify(this.list));
    else this.#storage.removeItem(this.#name);
    this.#changed();
  }
}

/**
 * Return the cart as it will be once the changes that have not failed are made.
 *
 * @param {{items: object[], currency: string}} cart as the server confirmed it
 * @param {Change[]} changes
 * @param {Map<string, {sku: string, name: string, unit_price: number}>} products by SKU
 */
export function preview(cart, changes, products) {
  const lines = new Map(cart.items.map((item) => [item.sku, { ...item }]));
  for (const { kind, sku, quantity, state } of changes) {
    if (state === "failed") continue;
    if (kind === "checkout") lines.clear();
    else if (kind === "remove") lines.delete(sku);
    else if (lines.has(sku)) lines.get(sku).quantity += quantity;
    else if (products.has(sku)) lines.set(sku, { ...products.get(sku), quantity });
  }
  const items = [...lines.values()];
  for (const item of items) item.subtotal = item.unit_price * item.quantity;
  return { ...cart, items, total: items.reduce((sum, item) => sum + item.subtotal, 0) };
}

/** Return the method, path and options of the call that makes a change. @param {Change} change */
export function requestFor({ kind, sku, quantity, key }) {
  switch (kind) {
    case "add":
      return ["POST", "cart", { key, body: { sku, quantity } }];
    case "remove":
      return ["DELETE", `cart/${encodeURIComponent(sku)}`, { key }];
    case "checkout":
      return ["POST", "cart/checkout", { key }];
    default:
      throw new TypeError(`There is no request for a change of the kind "${kind}".`);
  }
}
