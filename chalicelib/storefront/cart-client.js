/**
 * The cart of a shop, for any page: each change shows at once, and reaches the shop when it can.
 *
 *     import { CartClient } from "./cart-client.js";
 *
 *     let client = new CartClient({
 *       url: "https://shop.example.com/api/",
 *       on: { change: () => show(client.cart, client.changes) },
 *     });
 *     await client.loadProducts();
 *     client.start();
 *     client.add("SKU-1", 2);
 *     client = client.signIn({ id, token: () => idToken }); // a guest's cart comes along
 *
 * A client is one customer's, or one guest's. Every change is queued with an idempotency key, sent,
 * and followed until the shop has made it or said why not; a change that is sent again never counts
 * twice. What is not settled survives a reload, an expired session and being offline. Each request
 * names the one that it follows (the header `After`), so the shop's machines agree on their order.
 *
 * One loop does it all, in turn: send what is queued, ask about what was accepted, read the cart.
 * So nothing is on its way while the cart is read, and a change is either in the cart that was read
 * or shown on top of it, never both and never neither.
 *
 * The module has no DOM and no words. Prices are in minor units of the cart's currency.
 *
 * @typedef {{sku: string, name: string, description: string, unit_price: number, image?: string, url?: string, category?: string}} Product
 *
 * @typedef {object} Item a line of the cart
 * @property {string} sku
 * @property {string} name
 * @property {number} unit_price as it is now
 * @property {number} [unit_price_at_add]
 * @property {number} quantity
 * @property {number} subtotal
 * @property {boolean} [available] false if it is no longer sold
 *
 * @typedef {{items: Item[], total: number, currency?: string, reminder_due_at?: string | null}} Cart
 * @typedef {{lines: {sku: string, quantity: number, unit_price: number}[], total: number, currency: string}} Seen
 * @typedef {{sku: string, quantity_seen: number, quantity: number, unit_price_seen: number | null, unit_price: number | null}} Difference
 *
 * @typedef {object} Order
 * @property {string} order_id
 * @property {"requested" | "rejected" | "awaiting_payment" | "paid" | "cancelled"} status
 * @property {{sku: string, name: string, quantity: number, unit_price: number}[]} lines
 * @property {number} total
 * @property {string} [reason] why it was rejected or cancelled
 * @property {Difference[]} [differs] of "cart_changed": what is otherwise than it was seen
 * @property {string} [payment_due_at]
 * @property {boolean} [refund_due] if it was paid for too late, or twice
 *
 * @typedef {object} Wish what somebody wants, before it has a key and a state
 * @property {"add" | "remove" | "merge" | "order" | "checkout"} kind
 * @property {string} [sku]
 * @property {number} [quantity] of an add
 * @property {number} [rest] of a removal: how many are added again at once
 * @property {string} [restOf] of such an add: the removal's key
 * @property {string | null} [guest] whose cart it concerns, if not the owner's: a guest's token
 * @property {Item[]} [items] of a merge: what that guest's cart is known to hold
 * @property {Seen} [seen] of an order
 *
 * @typedef {object} Progress
 * @property {string} key the idempotency key
 * @property {"queued" | "sending" | "accepted" | "unconfirmed" | "failed"} state
 *   "unconfirmed": accepted, but so long ago that nobody asks about it any more
 * @property {string} [requestId] once accepted; an order's is its number
 * @property {Reason} [error] why it failed
 *
 * @typedef {Wish & Progress} Change
 * @typedef {{code?: string, message?: string, status?: number, differs?: Difference[]}} Reason
 *
 * @typedef {object} Customer
 * @property {string} id the token's subject
 * @property {() => string | undefined} token the id token, if there is one
 * @property {() => Promise<void>} [renew] get a new one; throws `SessionEnded` if that cannot be
 *
 * @typedef {object} Connection
 * @property {"fine" | "slow" | "offline" | "busy" | "unreachable" | "unconfirmed" | "gaveUp" | "ended"} kind
 * @property {number} [seconds] until the next attempt
 * @typedef {(connection: Connection) => void} ReportConnection
 *
 * @typedef {object} News each is called with what happened; "change" after anything else changed
 * @property {() => void} [change]
 * @property {ReportConnection} [connection]
 * @property {(change: Change) => void} [done]
 * @property {(change: Change) => void} [failed]
 *
 * @typedef {object} Shop
 * @property {string} [url] the API's root, ending in a slash; without one, where the page is
 * @property {string} [language] of names and messages
 * @property {Map<string, Product>} [products] by SKU, to show what is not confirmed yet
 * @property {string} [currency] of the products
 * @property {Storage} [kept] for changes until they are settled
 * @property {Storage} [guests] for what outlasts the tab: a guest's token, for there is no account to find the cart by, and the number of an order that is not settled
 * @property {News} [on]
 *
 * @typedef {{body?: object, key?: string, guest?: string | null, headers?: Record<string, string>}} Options
 * @typedef {Error & {status?: number, code?: string, isTemporary?: boolean, retryAfter?: number}} Failure
 */

// API Gateway gives up after 29 seconds; a customer does sooner. All times are in milliseconds.
const LONGEST_WAIT = 15_000;
const ATTEMPTS = 6;
const FIRST_DELAY = 500;
const LONGEST_DELAY = 15_000;
const SLOW_AFTER = 3_000;
const FIRST_POLL = 200;
const SLOWEST_POLL = 10_000;
// Lambda tries a failing consumer three times within some three minutes: longer than that.
const POLL_FOR = 5 * 60_000;
// An order is waited for until it is paid for or cancelled.
const SLOWEST_LOOK = 60_000;
// An order is decided first, and its lines leave the cart, or return to it, right after that: how
// often to look whether they did, within some ten seconds.
const MOVING_LOOKS = 8;
// The most that one add may put into a cart.
const LARGEST_ADD = 99;
const GUEST = "guest";

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

/** The token has expired and cannot be renewed: the customer has to sign in again. */
export class SessionEnded extends Error {}

/** Whoever waited for an answer is gone. */
class Closed extends Error {}

/** The cart of one customer or guest, with what is wanted of it. */
export class CartClient {
  #shop;
  #customer;
  #name;
  #on;
  /** @type {Cart | null} as the shop last confirmed it */
  #confirmed = null;
  /** @type {Change[]} */
  #list;
  /** @type {string | undefined} the id of the youngest request that was accepted */
  #after;
  /** @type {string | undefined} of the order to follow */
  #orderId;
  /** @type {string | null} */
  #guest = null;
  #pause = new Pause();
  #isRunning = false;
  #isClosed = false;
  #isStale = true;
  #delay = FIRST_POLL;
  #pollUntil = 0;
  #looksLeft = 0;

  /** Whether the customer has to sign in again. */
  hasEnded = false;
  /** @type {Order | null} the order that was placed last */
  order = null;

  /**
   * @param {Shop} [shop]
   * @param {Customer | null} [customer] null for a guest
   */
  constructor(shop = {}, customer = null) {
    this.#shop = { url: "", products: new Map(), kept: sessionStorage, guests: localStorage, on: {}, ...shop };
    this.#on = this.#shop.on;
    this.#customer = customer;
    this.#name = `changes of ${customer?.id ?? GUEST}`;
    const kept = JSON.parse(this.#shop.kept.getItem(this.#name) ?? "{}");
    this.#list = kept.list ?? [];
    this.#after = kept.after;
    const isOrdering = this.#list.some(({ kind, state }) => kind === "order" && state !== "failed");
    this.#orderId = kept.orderId ?? (isOrdering ? undefined : this.#openOrder);
    // The answer to what was being sent got lost with the page that sent it.
    for (const change of this.#in("sending")) change.state = "queued";
  }

  // What there is

  /** The cart as it will be once the changes that have not failed are made. */
  get cart() {
    const products = this.products;
    const lines = new Map((this.#confirmed?.items ?? []).map((item) => [item.sku, { ...item }]));
    /** @type {(sku: string, quantity: number) => void} */
    const put = (sku, quantity) => {
      const [line, product] = [lines.get(sku), products.get(sku)];
      if (line) line.quantity += quantity;
      else if (product && quantity > 0) lines.set(sku, { ...product, quantity, subtotal: 0 });
      if ((line?.quantity ?? 1) < 1) lines.delete(sku);
    };
    if (this.#isMoving && this.order?.status !== "cancelled") {
      for (const { sku, quantity } of this.order?.lines ?? []) put(sku, -quantity);
    }
    for (const { state, kind, sku = "", quantity = 0, items, seen } of this.#list) {
      if (state === "failed") continue;
      if (kind === "checkout") lines.clear();
      else if (kind === "remove") lines.delete(sku);
      else if (kind === "add") put(sku, quantity);
      else for (const line of items ?? seen?.lines ?? []) put(line.sku, seen ? -line.quantity : line.quantity);
    }
    const items = [...lines.values()];
    for (const item of items) item.subtotal = item.available === false ? 0 : item.unit_price * item.quantity;
    return { ...this.#confirmed, items, total: items.reduce((sum, item) => sum + item.subtotal, 0) };
  }

  /** @returns {Cart | null} the cart as the shop last confirmed it, null as long as it is not known */
  get confirmed() {
    return this.#confirmed;
  }

  /** @returns {readonly Change[]} what is not settled or failed, oldest first */
  get changes() {
    return this.#list;
  }

  /** What failed, but for what was to be put back and was never removed. */
  get problems() {
    const keys = this.#list.map(({ key }) => key);
    return this.#in("failed").filter(({ restOf }) => !restOf || !keys.includes(restOf));
  }

  get products() {
    return this.#shop.products;
  }

  /** @returns {Seen} what can be ordered, as it is shown */
  get seen() {
    const { items, total, currency = this.#shop.currency ?? "" } = this.cart;
    const sold = items.filter(({ available }) => available !== false);
    return { lines: sold.map(({ sku, quantity, unit_price }) => ({ sku, quantity, unit_price })), total, currency };
  }

  /** Fill `products` with the catalogue. */
  async loadProducts() {
    const { currency, products } = await this.#ask("GET", "products");
    this.#shop.currency = currency;
    for (const product of products) this.products.set(product.sku, product);
  }

  /**
   * Read the cart that a reminder's link is about. That takes no sign-in and changes nothing.
   *
   * @param {string} link the token in the link's fragment
   * @returns {Promise<Cart>}
   */
  readLinked(link) {
    return this.#ask("GET", "guest/cart", { headers: { "Cart-Link": link } });
  }

  /**
   * Leave an address to remind the guest at of the cart. It is used once it is confirmed, by the
   * link in a mail to it.
   *
   * @param {string} email
   * @returns {Promise<{status: "unconfirmed" | "confirmed"}>}
   * @throws {Refused | Unreachable}
   */
  leaveAddress(email) {
    return this.call("PUT", "guest/cart/reminders", { guest: this.#guestToken, body: { email } });
  }

  // What is wanted

  /**
   * @param {string} sku
   * @param {number} [quantity]
   */
  add(sku, quantity = 1) {
    this.#queue(...addsOf(sku, quantity));
  }

  /**
   * Have this many of a product in the cart; 0 removes it.
   *
   * @param {string} sku
   * @param {number} quantity
   */
  set(sku, quantity) {
    const before = this.cart.items.find((item) => item.sku === sku)?.quantity ?? 0;
    if (quantity > before) this.add(sku, quantity - before);
    else if (quantity < before) this.#lower(sku, quantity);
  }

  /** @param {string} sku */
  remove(sku) {
    this.#lower(sku, 0);
  }

  /**
   * Order what the customer sees; the shop refuses it if the cart has become another one.
   *
   * @param {Seen} seen
   */
  placeOrder(seen) {
    this.closeOrder();
    this.#drop(...this.#in("failed").filter(({ kind }) => kind === "order"));
    this.#queue({ kind: "order", seen });
  }

  /** Empty the cart, for a shop whose orders are placed elsewhere. */
  checkOut() {
    this.#queue({ kind: "checkout" });
  }

  /** Follow the last order no longer. */
  closeOrder() {
    this.#settleOrder(this.#orderId);
    this.order = null;
    this.#orderId = undefined;
    this.#keep();
  }

  /**
   * Try a failed change again with its key: should it be done after all, it counts once. But what
   * could not be lowered is lowered anew, for the rest may have been added.
   *
   * @param {Change} change
   */
  retry(change) {
    if (change.rest) {
      this.dismiss(change);
      this.#lower(change.sku ?? "", change.rest);
    } else {
      this.#update(change, { state: "queued", requestId: undefined, error: undefined });
      this.start();
    }
  }

  /** @param {Change} change that failed, and that nobody wants any more */
  dismiss({ key }) {
    this.#drop(...this.#list.filter((change) => change.key === key || change.restOf === key));
  }

  // Who wants it

  /**
   * Go on as a customer, with the client that this returns. What a guest did comes along; what may
   * have reached the guest's cart goes on to concern that one, or it would count once more.
   *
   * @param {Customer} customer
   */
  signIn(customer) {
    const next = this.as(customer);
    if (!this.#customer) {
      const guest = this.#guestToken;
      /** @type {(change: Change) => Change} */
      const own = ({ state, ...change }) => ({ ...change, guest, state: state === "sending" ? "queued" : state });
      if (guest) next.#list.push(queued({ kind: "merge", guest, items: this.#confirmed?.items ?? [] }));
      next.#list.push(...this.#list.map(own));
      next.#after ??= this.#after;
      next.#keep();
      this.#drop(...this.#list);
      this.#forgetGuest();
    }
    next.start();
    return next;
  }

  /** Go on as a new guest, with the client that this returns. */
  signOut() {
    const next = this.as(null);
    next.start();
    return next;
  }

  /**
   * Return a client for somebody else, who was here before: nothing comes along.
   *
   * @param {Customer | null} customer
   */
  as(customer) {
    this.close();
    return new CartClient(this.#shop, customer);
  }

  /** Send and ask nothing more; what is not settled is kept. */
  close() {
    this.#isClosed = true;
    this.#keep();
    this.#pause.end();
  }

  // How it is done

  /** See to what is wanted now. */
  start() {
    if (this.hasEnded || this.#isClosed) return;
    this.#delay = FIRST_POLL;
    this.#pollUntil = Date.now() + POLL_FOR;
    this.#pause.end();
    if (!this.#isRunning) this.#run();
  }

  /** Read the cart anew and ask once more about everything that is not settled. */
  lookAgain() {
    this.#isStale = true;
    for (const change of this.#in("unconfirmed")) this.#update(change, { state: "accepted" });
    this.start();
  }

  /**
   * Call a route once, as the customer or guest.
   *
   * @param {string} method
   * @param {string} path
   * @param {Options} [options]
   * @returns {Promise<any>}
   * @throws {Refused | Unreachable | SessionEnded}
   */
  async call(method, path, options) {
    try {
      return await this.#callOnce(method, path, options);
    } catch (error) {
      if (!this.#customer || error.status !== 401 || isGuestUnknown(error)) throw error;
      if (!this.#customer.renew) throw new SessionEnded();
      await this.#customer.renew();
      return this.#callOnce(method, path, options);
    }
  }

  /**
   * @param {string} method
   * @param {string} path
   * @param {Options} [options]
   */
  async #callOnce(method, path, { body, key, guest, headers: more } = {}) {
    /** @type {Record<string, string>} */
    const headers = { Accept: "application/json", ...more };
    const { url, language } = this.#shop;
    const token = this.#customer?.token();
    if (language) headers["Accept-Language"] = language;
    if (token) headers.Authorization = `Bearer ${token}`;
    if (guest) headers["Guest-Token"] = guest;
    if (key) headers["Idempotency-Key"] = key;
    if (key && this.#after) headers.After = this.#after;
    if (body) headers["Content-Type"] = "application/json";
    return exchange(`${url}${path}`, { method, headers, body: body && JSON.stringify(body) }, refusal);
  }

  /** @param {Wish[]} wishes */
  #queue(...wishes) {
    this.#list.push(...wishes.map(queued));
    this.#keep();
    this.start();
  }

  /**
   * Leave only this many of a product: the API can remove all, and add. Both are kept together, so
   * that whatever happens in between both are sent, the removal first.
   *
   * @param {string} sku
   * @param {number} rest
   */
  #lower(sku, rest) {
    const removal = queued({ kind: "remove", sku, rest });
    this.#list.push(removal);
    this.#queue(...addsOf(sku, rest).map((add) => ({ ...add, restOf: removal.key })));
  }

  async #run() {
    this.#isRunning = true;
    await null; // Whoever made this client has it before it reports anything.
    const error = await this.#work().catch((problem) => problem);
    this.#isRunning = false;
    for (const change of this.#in("sending")) this.#update(change, { state: "queued" });
    if (!error || this.#isClosed) return;
    if (isGuestUnknown(error)) this.#beginAnew();
    else if (error instanceof SessionEnded) {
      this.hasEnded = true;
      this.#report({ kind: "ended" });
      this.#on.change?.();
    } else this.#report({ kind: "gaveUp" });
  }

  async #work() {
    while (!this.#isClosed && (this.#isStale || this.#in("queued", "accepted").length || this.#isFollowing)) {
      await this.#send();
      await this.#settle();
      if (this.#in("accepted").length || this.#isFollowing) await this.#waitForNextPoll();
    }
  }

  /** Send what is queued, one after the other: their order is the order of their ids. */
  async #send() {
    for (let [change] = this.#in("queued"); change; [change] = this.#in("queued")) {
      this.#update(change, { state: "sending" });
      try {
        const answer = await this.#ask(...(await this.#requestFor(change)));
        const requestId = answer.order_id ?? answer.request_id;
        if (requestId > (this.#after ?? "")) this.#after = requestId;
        if (change.kind === "order") this.#shop.guests.setItem(this.#orderName, requestId);
        this.#update(change, { state: "accepted", requestId });
      } catch (error) {
        if (!isFinal(error)) throw error;
        if (error.status !== 400 || !this.#after) this.#fail(change, error);
        else {
          // The shop's clock may have been set back: then no request can follow that one.
          this.#after = undefined;
          this.#update(change, { state: "queued" });
        }
      }
    }
  }

  /**
   * @param {Change} change
   * @returns {Promise<[method: string, path: string, options: Options]>}
   */
  async #requestFor({ kind, sku, quantity, guest, key, seen }) {
    if (kind === "merge") return ["POST", "cart/merge", { key, body: { guest_token: guest } }];
    if (kind === "order") return ["POST", "orders", { key, body: { seen } }];
    if (kind === "checkout") return ["POST", "cart/checkout", { key }];
    const owner = guest ?? (this.#customer ? null : (this.#guestToken ?? (await this.#newGuest())));
    const path = cartOf(owner);
    if (kind === "remove") return ["DELETE", `${path}/${sku}`, { key, guest: owner }];
    return ["POST", path, { key, guest: owner, body: { sku, quantity } }];
  }

  /**
   * Find out which changes are settled, and read the cart that has them.
   *
   * Only a change that is pending *after* the cart was read is certainly not in it. So the cart
   * is read again until no more change was settled meanwhile.
   */
  async #settle() {
    /** @type {Map<Change, Reason | undefined>} */
    const settled = new Map();
    let cart = this.#confirmed;
    if (this.#orderId && (this.#isStale || this.#isFollowing)) await this.#readOrder();
    while ((await this.#collect(settled)) || this.#isStale) {
      cart = await this.#readCart();
      this.#isStale = false;
    }
    if (!cart || cart === this.#confirmed) return;
    this.#confirmed = cart;
    for (const [change, error] of settled) {
      if (error) this.#fail(change, error);
      else this.#drop(change);
    }
    this.#on.change?.();
    for (const [change, error] of settled) if (!error) this.#on.done?.(change);
  }

  /** @returns {Promise<Cart>} */
  async #readCart() {
    const guest = this.#customer ? null : this.#guestToken;
    if (!this.#customer && !guest) return { items: [], total: 0 };
    return this.#ask("GET", cartOf(guest), { guest });
  }

  /**
   * Ask about the accepted changes; note the newly settled ones, and tell if there were any.
   *
   * @param {Map<Change, Reason | undefined>} settled
   */
  async #collect(settled) {
    /** @type {(change: Change) => boolean} */
    const isOpen = (change) => change.state !== "failed" && !settled.has(change);
    // What a guest did is in the customer's cart once that cart was merged, and not before.
    const isMerging = this.#list.some((change) => change.kind === "merge" && isOpen(change));
    const pending = this.#in("accepted").filter((change) => {
      return isOpen(change) && (change.kind === "merge" || !change.guest || !isMerging);
    });
    const before = settled.size;
    await Promise.all(
      pending.map(async (change) => {
        const { status, error } = await this.#statusOf(change);
        if (error?.code === "cart_merged") return this.#leaveMerged(change);
        // Its key was another request's: only a new one can count.
        if (status === "repeated") this.#update(change, { key: crypto.randomUUID() });
        if (status !== "pending") settled.set(change, status === "repeated" ? { code: "repeated" } : error);
      }),
    );
    return settled.size > before;
  }

  /**
   * @param {Change} change
   * @returns {Promise<{status: string, error?: Reason}>}
   */
  async #statusOf({ kind, guest, requestId }) {
    const owner = kind === "merge" ? null : (guest ?? (this.#customer ? null : this.#guestToken));
    try {
      if (kind !== "order") {
        return await this.#ask("GET", `${cartOf(owner)}/requests/${requestId}`, { guest: owner });
      }
      const order = await this.#ask("GET", `orders/${requestId}`);
      if (order.status === "requested") return { status: "pending" };
      if (order.status === "rejected") {
        this.#settleOrder(requestId);
        return { status: "failed", error: { code: order.reason, differs: order.differs } };
      }
      this.#orderId = requestId;
      this.#follow(order, true);
      return { status: "succeeded" };
    } catch (error) {
      if (!isFinal(error)) throw error;
      return { status: "failed", error };
    }
  }

  async #readOrder() {
    try {
      const order = await this.#ask("GET", `orders/${this.#orderId}`);
      const { status: before = "paid" } = this.order ?? {};
      if (order.status === "rejected") this.closeOrder();
      else this.#follow(order, order.status !== before && ["requested", "awaiting_payment"].includes(before));
    } catch (error) {
      if (!isFinal(error)) throw error;
      this.closeOrder();
    }
  }

  /**
   * @param {Order} order
   * @param {boolean} isMoving whether its lines are leaving the cart, or returning to it
   */
  #follow(order, isMoving) {
    this.order = order;
    if (isSettled(order)) this.#settleOrder(this.#orderId);
    if (isMoving) {
      this.#looksLeft = MOVING_LOOKS;
      this.#pollUntil = Date.now() + POLL_FOR;
      this.#delay = FIRST_POLL;
    } else if (this.#looksLeft) this.#looksLeft -= 1;
    if (this.#isMoving) this.#isStale = true;
    this.#keep();
  }

  /** Whether the cart is still as it was before the order was placed, or before it was cancelled. */
  get #isMoving() {
    if (!this.order || !this.#looksLeft) return false;
    const isBack = this.order.status === "cancelled";
    const quantities = new Map(this.#confirmed?.items.map(({ sku, quantity }) => [sku, quantity]));
    return this.order.lines.some(({ sku, quantity }) => (quantities.get(sku) ?? 0) >= quantity !== isBack);
  }

  get #isFollowing() {
    return (this.order && !isSettled(this.order)) || this.#isMoving;
  }

  /**
   * @param {Change} change
   * @param {Reason} error
   */
  #fail(change, { code, message, status, differs }) {
    this.#update(change, { state: "failed", error: { code, message, status, differs } });
    // Where nothing was removed, nothing is to be put back.
    this.#drop(...this.#in("queued").filter(({ restOf }) => restOf === change.key));
    this.#on.failed?.(change);
  }

  async #waitForNextPoll() {
    const isLate = Date.now() > this.#pollUntil;
    const late = isLate ? this.#in("accepted") : [];
    for (const change of late) this.#update(change, { state: "unconfirmed" });
    if (late.length) this.#report({ kind: "unconfirmed" });
    if (isLate && !this.#isFollowing) return;
    await this.#pause.for(isLate ? SLOWEST_LOOK : this.#delay);
    this.#delay = Math.min(this.#delay * 1.5, SLOWEST_POLL);
  }

  /**
   * Call a route until it answers.
   *
   * @param {string} method
   * @param {string} path
   * @param {Options} [options]
   */
  async #ask(method, path, options) {
    const answer = await patiently(
      () => {
        if (this.#isClosed) throw new Closed();
        return this.call(method, path, options);
      },
      (connection) => this.#report(connection),
    );
    if (this.#isClosed) throw new Closed();
    return answer;
  }

  /** @type {ReportConnection} */
  #report(connection) {
    if (!this.#isClosed) this.#on.connection?.(connection);
  }

  // Guests

  /** @returns {string | null} null as long as nothing was put into a cart */
  get #guestToken() {
    return (this.#guest ??= this.#shop.guests.getItem(GUEST));
  }

  async #newGuest() {
    const { guest_token: token } = await this.#ask("POST", "guest");
    if (!this.#guestToken) this.#shop.guests.setItem(GUEST, token);
    return this.#guestToken;
  }

  #forgetGuest() {
    // Another tab may have begun anew already.
    if (this.#shop.guests.getItem(GUEST) === this.#guest) this.#shop.guests.removeItem(GUEST);
    this.#guest = null;
  }

  /** Do anew what concerned a guest's cart that is lost, as far as it is known. */
  #beginAnew() {
    const items = this.#customer ? [] : (this.#confirmed?.items ?? []);
    /** @type {(items?: Item[]) => Change[]} */
    const adds = (lines = []) => lines.flatMap(({ sku, quantity }) => addsOf(sku, quantity)).map(queued);
    /** @type {(change: Change) => Change[]} */
    const anew = ({ guest, requestId, ...change }) =>
      change.kind === "merge" ? adds(change.items) : [{ ...change, state: "queued" }];
    /** @type {(change: Change) => boolean} */
    const isLost = ({ guest, state }) => Boolean(guest || !this.#customer) && state !== "failed";
    this.#forgetGuest();
    if (!this.#customer) this.#confirmed = { items: [], total: 0 };
    this.#list = [...adds(items), ...this.#list.flatMap((change) => (isLost(change) ? anew(change) : change))];
    this.#keep();
    this.lookAgain();
  }

  /**
   * Have a change concern another cart: the guest's has become that of whoever signed in elsewhere,
   * in another tab for instance.
   *
   * @param {Change} change
   */
  #leaveMerged(change) {
    this.#forgetGuest();
    this.#isStale = true;
    this.#update(change, { state: "queued", guest: undefined, requestId: undefined });
  }

  // Orders

  /** The order that is not settled: other tabs follow it as well, and so does this one later. */
  get #openOrder() {
    return this.#shop.guests.getItem(this.#orderName) ?? undefined;
  }

  /** @param {string | undefined} id of an order; another tab may have placed a later one */
  #settleOrder(id) {
    if (this.#openOrder === id) this.#shop.guests.removeItem(this.#orderName);
  }

  get #orderName() {
    return `order of ${this.#customer?.id ?? GUEST}`;
  }

  // The list of changes

  /** @param {Change["state"][]} states */
  #in(...states) {
    return this.#list.filter(({ state }) => states.includes(state));
  }

  /**
   * @param {Change} change
   * @param {Partial<Change>} facts
   */
  #update(change, facts) {
    Object.assign(change, facts);
    this.#keep();
  }

  /** @param {Change[]} changes */
  #drop(...changes) {
    this.#list = this.#list.filter((change) => !changes.includes(change));
    this.#keep();
  }

  #keep() {
    const { kept } = this.#shop;
    const facts = this.#isClosed ? {} : { after: this.#after, orderId: this.#orderId };
    if (this.#list.length || facts.after || facts.orderId) {
      kept.setItem(this.#name, JSON.stringify({ list: this.#list, ...facts }));
    } else kept.removeItem(this.#name);
    if (!this.#isClosed) this.#on.change?.();
  }
}

/** @type {(wish: Wish) => Change} */
const queued = (wish) => ({ ...wish, key: crypto.randomUUID(), state: "queued" });

/**
 * Return the adds that put this many into a cart.
 *
 * @param {string} sku
 * @param {number} quantity
 * @returns {Wish[]}
 */
function addsOf(sku, quantity) {
  if (quantity <= 0) return [];
  return [{ kind: "add", sku, quantity: Math.min(quantity, LARGEST_ADD) }, ...addsOf(sku, quantity - LARGEST_ADD)];
}

/** @param {Order} order */
const isSettled = ({ status }) => status !== "requested" && status !== "awaiting_payment";

/** @param {string | null} guest */
const cartOf = (guest) => (guest ? "guest/cart" : "cart");

/**
 * Whether a guest's token is not valid (any more), and what the cart held is lost with it.
 *
 * @param {Failure} error
 */
const isGuestUnknown = ({ code }) => code === "invalid_guest_token";

/**
 * Whether the server has decided, so that asking the same again gives the same answer.
 *
 * @param {Failure} error
 */
const isFinal = (error) => error.status !== undefined && !error.isTemporary && !isGuestUnknown(error);

// Calls

/**
 * Fetch JSON; `refusalOf(response, answer)` makes the error of an answer that is not 2xx.
 *
 * @param {string} url
 * @param {RequestInit} [request]
 * @param {(response: Response, answer: any) => Error} [refusalOf]
 * @returns {Promise<any>}
 * @throws {Refused | Unreachable}
 */
export async function exchange(url, request, refusalOf = refusal) {
  const signal = AbortSignal.timeout(LONGEST_WAIT);
  let response, answer;
  try {
    response = await fetch(url, { ...request, signal, cache: "no-store" });
    answer = await response.json();
  } catch (cause) {
    // An error page of some proxy is no JSON, but its status still says what to do.
    if (!response || response.ok) throw new Unreachable("", { cause });
  }
  if (!response.ok) throw refusalOf(response, answer);
  return answer;
}

/** @type {(response: Response, answer: any) => Refused} */
function refusal(response, answer) {
  const { code = "unknown", message = "" } = answer?.error ?? {};
  return new Refused(response.status, code, message, Number(response.headers.get("Retry-After")) * 1000 || 0);
}

/** A wait that somebody may cut short. */
class Pause {
  end = () => {};

  /**
   * @param {number} milliseconds
   * @returns {Promise<void>}
   */
  for(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/**
 * Run an operation that is safe to repeat until it succeeds or fails for good.
 *
 * Temporary errors are tried again, with growing, randomised delays and never before the server's
 * Retry-After. Without a network it waits for one, however long that takes.
 *
 * @template Result
 * @param {() => Promise<Result>} operation
 * @param {ReportConnection} report
 * @returns {Promise<Result>}
 */
export async function patiently(operation, report) {
  for (let attempt = 1; ; attempt += 1) {
    const slow = setTimeout(report, SLOW_AFTER, { kind: "slow" });
    try {
      const result = await operation();
      report({ kind: "fine" });
      return result;
    } catch (error) {
      if (!error.isTemporary) report({ kind: "fine" });
      if (!error.isTemporary || attempt === ATTEMPTS) throw error;
      clearTimeout(slow);
      if (navigator.onLine) await waitAfter(error, attempt, report);
      else {
        attempt = 0;
        report({ kind: "offline" });
        await new Promise((resolve) => addEventListener("online", resolve, { once: true }));
      }
    } finally {
      clearTimeout(slow);
    }
  }
}

/**
 * @param {Failure} error
 * @param {number} attempt
 * @param {ReportConnection} report
 */
function waitAfter(error, attempt, report) {
  const growing = Math.min(FIRST_DELAY * 2 ** attempt, LONGEST_DELAY);
  const delay = Math.max(error.retryAfter ?? 0, growing / 2) + (Math.random() * growing) / 2;
  report({ kind: error.status ? "busy" : "unreachable", seconds: Math.ceil(delay / 1000) });
  return new Pause().for(delay);
}
