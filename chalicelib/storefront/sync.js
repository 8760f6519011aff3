/**
 * Sends the customer's changes and finds out what became of them.
 *
 * One loop does it all, in turn: send what is queued, ask about what was accepted, read the cart.
 * So nothing is on its way while the cart is read, and a change is either in the cart that was
 * read or shown on top of it, never both and never neither.
 */

import { requestFor } from "./changes.js";
import { Pause, patiently } from "./patience.js";
import { SessionEnded } from "./session.js";

const FIRST_POLL = 200;
const SLOWEST_POLL = 10_000;
// Lambda tries a failing consumer three times within some three minutes: longer than that.
const POLL_FOR = 5 * 60_000;

export class Sync {
  #call;
  #changes;
  #report;
  #pause = new Pause();
  #running = false;
  #stopped = false;
  #stale = true;
  #delay = FIRST_POLL;
  #pollUntil = 0;

  /** The cart as the server last confirmed it, or null as long as it is not known. */
  cart = null;

  /**
   * @param {(method: string, path: string, options?: object) => Promise<object>} call
   * @param {import("./changes.js").Changes} changes
   * @param {{connection: Function, cart: Function, done: Function, failed: Function,
   *   unconfirmed: Function, gaveUp: Function, ended: Function}} report called when there is news
   */
  constructor(call, changes, report) {
    this.#call = call;
    this.#changes = changes;
    this.#report = report;
  }

  /** See to new changes now. */
  start() {
    this.#delay = FIRST_POLL;
    this.#pollUntil = Date.now() + POLL_FOR;
    this.#pause.end();
    if (!this.#running) this.#run();
  }

  /** Read the cart anew and ask once more about everything that is not settled. */
  lookAgain() {
    this.#stale = true;
    for (const change of this.#changes.in("unconfirmed")) {
      this.#changes.update(change, { state: "accepted" });
    }
    this.start();
  }

  stop() {
    this.#stopped = true;
    this.#pause.end();
  }

  async #run() {
    this.#running = true;
    try {
      while (!this.#stopped && (this.#stale || this.#changes.in("queued", "accepted").length)) {
        await this.#send();
        await this.#settle();
        if (this.#changes.in("accepted").length) await this.#waitForNextPoll();
      }
    } catch (error) {
      for (const change of this.#changes.in("sending")) {
        this.#changes.update(change, { state: "queued" });
      }
      if (this.#stopped) return;
      if (error instanceof SessionEnded) this.#report.ended();
      else this.#report.gaveUp(error);
    } finally {
      this.#running = false;
    }
  }

  /** Send what is queued, one after the other: their order is the order of their ids. */
  async #send() {
    for (;;) {
      const [change] = this.#changes.in("queued");
      if (!change) return;
      this.#changes.update(change, { state: "sending" });
      try {
        const { request_id: requestId } = await this.#ask(...requestFor(change));
        this.#changes.update(change, { state: "accepted", requestId });
      } catch (error) {
        if (!isFinal(error)) throw error;
        this.#fail(change, error.message);
      }
    }
  }

  /**
   * Find out which changes are settled, and read the cart that has them.
   *
   * Only a change that is pending *after* the cart was read is certainly not in it. So the cart
   * is read again until no more change was settled meanwhile.
   */
  async #settle() {
    const settled = new Map();
    let cart = this.cart;
    while ((await this.#collect(settled)) || this.#stale) {
      cart = await this.#ask("GET", "cart");
      this.#stale = false;
    }
    if (cart === this.cart) return;
    this.cart = cart;
    for (const [change, error] of settled) {
      if (error) this.#fail(change, error);
      else this.#changes.drop(change);
    }
    this.#report.cart(cart);
    for (const [change, error] of settled) if (!error) this.#report.done(change);
  }

  /** Ask about the accepted changes; note the newly settled ones, and tell if there were any. */
  async #collect(settled) {
    const pending = this.#changes.in("accepted").filter((change) => !settled.has(change));
    const before = settled.size;
    await Promise.all(
      pending.map(async (change) => {
        const answer = await this.#statusOf(change);
        if (answer.status !== "pending") settled.set(change, answer.error?.message);
      }),
    );
    return settled.size > before;
  }

  async #statusOf(change) {
    try {
      return await this.#ask("GET", `cart/requests/${encodeURIComponent(change.requestId)}`);
    } catch (error) {
      if (!isFinal(error)) throw error;
      return { status: "failed", error };
    }
  }

  #fail(change, error) {
    this.#changes.update(change, { state: "failed", error });
    this.#report.failed(change);
  }

  async #waitForNextPoll() {
    if (Date.now() > this.#pollUntil) {
      for (const change of this.#changes.in("accepted")) {
        this.#changes.update(change, { state: "unconfirmed" });
      }
      this.#report.unconfirmed();
      return;
    }
    await this.#pause.for(this.#delay);
    this.#delay = Math.min(this.#delay * 1.5, SLOWEST_POLL);
  }

  async #ask(method, path, options) {
    const answer = await patiently(() => this.#call(method, path, options), this.#report.connection);
    if (this.#stopped) throw new SessionEnded();
    return answer;
  }
}

/** Whether the server has decided, so that asking the same again gives the same answer. */
function isFinal(error) {
  return error.status !== undefined && !error.isTemporary;
}
