/**
 * What the customer wants changed and the cart does not confirm yet.
 *
 * The list survives a reload and an expired session. Each change keeps the idempotency key it was
 * born with, so that sending it again, whenever that is, never adds twice.
 */

/** The owner of what is done by those who have not signed in. */
export const GUEST = "guest";

// The most that one add may put into a cart.
const LARGEST_ADD = 99;

export class Changes {
  #storage;
  #name;
  #changed;

  /**
   * @param {() => void} changed called after every change of the list
   * @param {Storage} storage
   * @param {string} owner
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

  /**
   * @returns {Change[]} those in one of these states, oldest first
   * @param {Change["state"][]} states
   */
  in(...states) {
    return this.list.filter((change) => states.includes(change.state));
  }

  /** @param {Wish[]} wishes */
  add(...wishes) {
    this.list.push(...wishes.map(queued));
    this.#keep();
  }

  /**
   * Leave only this many of a product: the API can remove all, and add. Both are kept together, so
   * that whatever happens in between both are sent, the removal first.
   *
   * @param {string} sku
   * @param {number} rest
   */
  lower(sku, rest) {
    const removal = queued({ kind: "remove", sku, rest });
    this.list.push(removal);
    this.add(...addsOf({ sku, quantity: rest }).map((add) => ({ ...add, restOf: removal.key })));
  }

  /**
   * Try a failed change again with its key: should it be done after all, it counts once. But what
   * could not be lowered is lowered anew, for the rest may have been added.
   *
   * @param {Change} change
   */
  retry(change) {
    if (!change.rest) return this.update(change, { state: "queued", requestId: undefined });
    this.dismiss(change);
    this.lower(change.sku, change.rest);
  }

  /** @param {Change} change */
  dismiss({ key }) {
    this.drop(...this.list.filter((change) => change.key === key || change.restOf === key));
  }

  /** What failed, but for what was to be put back and was never removed. */
  get problems() {
    const keys = this.list.map(({ key }) => key);
    return this.in("failed").filter(({ restOf }) => !restOf || !keys.includes(restOf));
  }

  /**
   * @param {Change} change
   * @param {Partial<Change>} facts
   */
  update(change, facts) {
    Object.assign(change, facts);
    this.#keep();
  }

  /** @param {Change[]} changes */
  drop(...changes) {
    this.list = this.list.filter((change) => !changes.includes(change));
    this.#keep();
  }

  /**
   * Take over what was done by a guest who turned out to be this customer. What may have reached
   * the guest's cart goes on to concern that one: in another cart it would count once more.
   *
   * @param {string | null} guest the token; without one there is no cart yet
   * @param {Item[]} items what the guest's cart is known to hold
   * @param {Changes} others
   */
  adopt(others, guest, items) {
    if (guest) this.list.push(queued({ kind: "merge", guest, items }));
    /** @type {(change: Change) => Change} */
    const own = ({ state, ...change }) => ({ ...change, guest, state: state === "sending" ? "queued" : state });
    this.list.push(...others.list.map(own));
    this.#keep();
    others.drop(...others.list);
  }

  /**
   * Do anew what concerned a guest's cart that is lost; it held `items` besides, as far as is known.
   *
   * @param {Item[]} items
   */
  rescue(items) {
    /** @type {(change: Change) => Change[]} */
    const anew = ({ guest, requestId, ...change }) =>
      change.kind === "merge" ? (change.items ?? []).flatMap(addsOf).map(queued) : [{ ...change, state: "queued" }];
    /** @type {(change: Change) => boolean} */
    const isLost = ({ guest, state }) => Boolean(guest || this.owner === GUEST) && state !== "failed";
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

/** @type {(wish: Wish) => Change} */
const queued = (wish) => /** @type {Change} */ ({ ...wish, key: crypto.randomUUID(), state: "queued" });

/**
 * Return the adds that put this many into a cart.
 *
 * @param {{sku: string, quantity: number}} line
 * @returns {Wish[]}
 */
export function addsOf({ sku, quantity }) {
  if (quantity <= 0) return [];
  /** @type {Wish} */
  const add = { kind: "add", sku, quantity: Math.min(quantity, LARGEST_ADD) };
  return [add, ...addsOf({ sku, quantity: quantity - LARGEST_ADD })];
}

/**
 * Return the cart as it will be once the changes that have not failed are made.
 *
 * @param {Cart} cart as the server confirmed it
 * @param {Change[]} changes
 * @param {Map<string, Product>} products by SKU
 */
export function preview(cart, changes, products) {
  const lines = new Map(cart.items.map((item) => [item.sku, { ...item }]));
  /** @type {(line: {sku: string, quantity: number}) => void} */
  const put = ({ sku, quantity }) => {
    const [line, product] = [lines.get(sku), products.get(sku)];
    if (line) line.quantity += quantity;
    else if (product) lines.set(sku, { ...product, quantity, subtotal: 0 });
  };
  for (const change of changes) {
    if (change.state === "failed") continue;
    if (change.kind === "checkout") lines.clear();
    else if (change.kind === "remove") lines.delete(change.sku);
    else if (change.kind === "merge") change.items?.forEach(put);
    else put(change);
  }
  const items = [...lines.values()];
  for (const item of items) item.subtotal = item.available === false ? 0 : item.unit_price * item.quantity;
  return { ...cart, items, total: items.reduce((sum, item) => sum + item.subtotal, 0) };
}

/**
 * Return the method, path and options of the call that makes a change.
 *
 * @param {Change} change
 * @returns {CallArguments}
 */
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

/**
 * Return the same of the call that asks what became of it.
 *
 * @param {Change} change
 * @returns {CallArguments}
 */
export function statusRequestFor({ kind, guest, requestId }) {
  return ["GET", `${cartOf({ kind, guest })}/requests/${requestId}`, { guest }];
}

/** @param {Pick<Change, "kind" | "guest">} change */
function cartOf({ kind, guest }) {
  return guest && kind !== "merge" ? "guest/cart" : "cart";
}
