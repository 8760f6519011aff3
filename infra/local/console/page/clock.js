/** The local cloud's clock: it runs as the real one does, and jumps when it is told to. */

import { advance } from "./api.js";
import { $, announce, say } from "./dom.js";
import { moment } from "./words.js";

export class Clock {
  #ahead = 0;
  #isMoving = false;

  /** @param {(error: Error) => void} onError */
  constructor(onError) {
    this.onError = onError;
    /** When the next schedule is due, in milliseconds; undefined if there is none. */
    this.nextDue = undefined;
    for (const button of document.querySelectorAll("[data-advance]")) {
      const { advance: seconds } = button.dataset;
      button.addEventListener("click", () =>
        seconds === "next" ? this.moveToNext() : this.move(Number(seconds)),
      );
    }
  }

  /** The time it shows, in milliseconds. */
  get now() {
    return performance.now() + this.#ahead;
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
    if (this.nextDue === undefined) announce("There is no schedule to go to.");
    // A second more, for what comes of it at once.
    else await this.move(Math.max(0, (this.nextDue - this.now) / 1000) + 1);
  }
}
