/** The local cloud's clock: it runs as the real one does, and jumps when it is told to. */

import { advance } from "./api.js";
import { $, announce, enable, onUse, say } from "./dom.js";
import { moment } from "./words.js";

export class Clock {
  #ahead = 0;
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
   * Clicks in quick succession all count: each move waits for those before it.
   *
   * @param {() => Promise<void>} move
   */
  #afterOthers(move) {
    this.#moves = this.#moves.then(move);
  }

  /**
   * Move it on, which takes until all that became due is done.
   *
   * @param {number} seconds
   */
  async #move(seconds) {
    document.body.setAttribute("aria-busy", "true");
    try {
      const { now } = await advance(seconds);
      this.set(now);
      announce(`It is ${moment(new Date(now))}.`);
    } catch (error) {
      this.onError(error);
    } finally {
      document.body.removeAttribute("aria-busy");
    }
  }
}
