/** The local cloud's clock: it runs as the real one does, and jumps when it is told to. */

import { advance } from "./api.js";
import { $, announce, enable, onUse, say } from "./dom.js";
import { moment } from "./words.js";

export class Clock {
  #ahead = 0;
  /** @type {Promise<unknown>} */
  #moves = Promise.resolve();
  /** @type {number | undefined} */
  #nextDue;

  /** @param {(error: Error) => void} onError */
  constructor(onError) {
    this.onError = onError;
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll("[data-advance]"))) {
      onUse(button, () => this.#afterOthers(() => this.#move(Number(button.dataset.advance))));
    }
    onUse($("to-next"), () => this.moveToNext());
  }

  /** The time it shows, in milliseconds. */
  get now() {
    return performance.now() + this.#ahead;
  }

  /** When the next schedule is due, in milliseconds; undefined if there is none. */
  get nextDue() {
    return this.#nextDue;
  }

  set nextDue(time) {
    this.#nextDue = time;
    enable($("to-next"), time !== undefined);
  }

  /** @param {string} time in ISO 8601 */
  set(time) {
    this.#ahead = Date.parse(time) - performance.now();
    this.show();
  }

  show() {
    if (this.#ahead) say($("now"), moment(new Date(this.now)));
  }

  /** Move it to when the next schedule is due, if there is one. */
  moveToNext() {
    this.#afterOthers(async () => {
      // A second more, for what comes of it at once.
      if (this.nextDue) await this.#move(Math.max(0, (this.nextDue - this.now) / 1000) + 1);
    });
  }

  /**
   * Move it on after the moves before, and tell whether that was done.
   *
   * @param {number} seconds
   */
  advance(seconds) {
    return this.#afterOthers(() => this.#move(seconds));
  }

  /**
   * Clicks in quick succession all count: each move waits for those before it.
   *
   * @template Result
   * @param {() => Promise<Result>} move
   */
  #afterOthers(move) {
    const moved = this.#moves.then(move);
    this.#moves = moved;
    return moved;
  }

  /**
   * Move it on, which takes until all that became due is done; tell whether it did.
   *
   * @param {number} seconds
   */
  async #move(seconds) {
    document.body.setAttribute("aria-busy", "true");
    try {
      const { now } = await advance(seconds);
      this.set(now);
      announce(`It is ${moment(new Date(now))}.`);
      return true;
    } catch (error) {
      this.onError(error);
      return false;
    } finally {
      document.body.removeAttribute("aria-busy");
    }
  }
}
