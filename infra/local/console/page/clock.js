/** The local cloud's clock: it runs as the real one does, and jumps when it is told to. */

import { advance } from "./api.js";
import { $, announce, enable, onUse, say } from "./dom.js";
import { moment } from "./words.js";

export class Clock {
  #ahead = 0;
  #isMoving = false;
  #nextDue;

  /** @param {(error: Error) => void} onError */
  constructor(onError) {
    this.onError = onError;
    for (const button of document.querySelectorAll("[data-advance]")) {
      onUse(button, () => this.move(Number(button.dataset.advance)));
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

  /** Move it on; resolves when all that became due is done. */
  async move(seconds) {
    if (this.#isMoving) return;
    this.#isMoving = true;
    document.body.setAttribute("aria-busy", "true");
    try {
      const { now } = await advance(seconds);
      this.set(now);
      announce(`It is ${moment(new Date(now))}.`);
    } catch (error) {
      this.onError(error);
    } finally {
      this.#isMoving = false;
      document.body.removeAttribute("aria-busy");
    }
  }

  async moveToNext() {
    // A second more, for what comes of it at once.
    await this.move(Math.max(0, (this.nextDue - this.now) / 1000) + 1);
  }
}
