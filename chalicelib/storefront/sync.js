/**
 * Sends the customer's changes and finds out what became of them.
 *
 * One loop does it all, in turn: send what is queued, ask about what was accepted, read the cart.
 * So nothing is on its way while the cart is read, and a change is either in the cart that was
 * read or shown on top of it, never both and never neither.
 */

import { isGuestUnknown } from "./api.js";
import { requestFor, statusRequestFor } from "./changes.js";
import { Pause, patiently } from "./patience.js";
import { SessionEnded } from "./session.js";
import { reasonWords, text } from "./words.js";

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
  cart = /** @type {Cart | null} */ (null);

  /**
   * `report` has a function for each kind of news.
   *
   * @param {Call} call
   * @param {import("./changes.js").Changes} changes
   * @param {Reports} report
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
    const error = await this.#work().catch((problem) => problem);
    this.#running = false;
    for (const change of this.#changes.in("sending")) {
      this.#changes.update(change, { state: "queued" });
    }
    if (!error || this.#stopped) return;
    if (isGuestUnknown(error)) this.#report.guestLost();
    else if (error instanceof SessionEnded) this.#report.ended();
    else this.#report.gaveUp(error);
  }

  async #work() {
    while (!this.#stopped && (this.#stale || this.#changes.in("queued", "accepted").length)) {
      await this.#send();
      await this.#settle();
      if (this.#changes.in("accepted").length) await this.#waitForNextPoll();
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
        this.#fail(change, reasonWords(error));
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
    if (!cart || cart === this.cart) return;
    this.cart = cart;
    for (const [change, error] of settled) {
      if (error) this.#fail(change, error);
      else this.#changes.drop(change);
    }
    this.#report.cart(cart);
    for (const [change, error] of settled) if (!error) this.#report.done(change);
  }

  /**
   * Ask about the accepted changes; note the newly settled ones, and tell if there were any.
   *
   * @param {Map<Change, string | undefined>} settled
   */
  async #collect(settled) {
    /** @type {(change: Change) => boolean} */
    const isOpen = (change) => change.state !== "failed" && !settled.has(change);
    // What a guest did is in the customer's cart once that cart was merged, and not before.
    const isMerging = this.#changes.list.some((change) => change.kind === "merge" && isOpen(change));
    const pending = this.#changes.in("accepted").filter((change) => {
      return isOpen(change) && (change.kind === "merge" || !change.guest || !isMerging);
    });
    const before = settled.size;
    await Promise.all(
      pending.map(async (change) => {
        const answer = await this.#statusOf(change);
        if (answer.status === "repeated") this.#changes.update(change, { key: crypto.randomUUID() });
        if (answer.status !== "pending") settled.set(change, reasonOf(answer));
      }),
    );
    return settled.size > before;
  }

  /** @param {Change} change */
  async #statusOf(change) {
    try {
      return await this.#ask(...statusRequestFor(change));
    } catch (error) {
      if (!isFinal(error)) throw error;
      return { status: "failed", error };
    }
  }

  /**
   * @param {Change} change
   * @param {string} error
   */
  #fail(change, error) {
    this.#changes.update(change, { state: "failed", error });
    // Where nothing was removed, nothing is to be put back.
    this.#changes.drop(...this.#changes.in("queued").filter(({ restOf }) => restOf === change.key));
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

  /** @param {Parameters<Call>} request */
  async #ask(...[method, path, options]) {
    /** @type {ReportConnection} */
    const report = (connection) => {
      if (!this.#stopped) this.#report.connection(connection);
    };
    const answer = await patiently(() => {
      this.#checkStopped();
      return this.#call(method, path, options);
    }, report);
    this.#checkStopped();
    return answer;
  }

  #checkStopped() {
    if (this.#stopped) throw new SessionEnded();
  }
}

/**
 * Why a settled change was not made, undefined if it was.
 *
 * @param {{status: string, error?: {code?: string, message: string}}} answer
 */
function reasonOf({ status, error }) {
  if (status === "repeated") return text("something_else");
  return error && reasonWords(error);
}

/**
 * Whether the server has decided, so that asking the same again gives the same answer.
 *
 * @param {Failure} error
 */
function isFinal(error) {
  return error.status !== undefined && !error.isTemporary && !isGuestUnknown(error);
}
