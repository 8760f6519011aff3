/** Three steps from an empty cart to a reminder, and which of them is next. */

import { fillCartWithFirst } from "./api.js";
import { $, announce, enable, onUse, say } from "./dom.js";
import { counted, duration } from "./words.js";

export class Guide {
  #mails = 0;

  /**
   * @param {import("./clock.js").Clock} clock
   * @param {import("./inbox.js").Inbox} inbox
   * @param {(error: Error) => void} onError
   */
  constructor(clock, inbox, onError) {
    this.clock = clock;
    $("fill").addEventListener("click", () => {
      fillCartWithFirst().then((name) => announce(`Accepted for Ada's cart: ${name}.`), onError);
    });
    onUse($("wait"), () => clock.moveToNext());
    onUse($("read"), () => inbox.open());
    this.show();
  }

  /** @param {{total: number}} [inbox] if it has changed */
  show(inbox) {
    this.#mails = inbox?.total ?? this.#mails;
    const isWaiting = this.clock.nextDue !== undefined;
    this.#mark({ fill: !isWaiting && !this.#mails, wait: isWaiting, read: !isWaiting && this.#mails > 0 });
    enable($("wait"), isWaiting);
    enable($("read"), this.#mails > 0);
    say($("read-words"), this.#mails ? `${counted(this.#mails, "mail")} in the inbox below.` : "No mail yet.");
    this.tick();
  }

  /** Bring the countdown up to date. */
  tick() {
    const due = this.clock.nextDue;
    const scheduled = `The next reminder is due in ${duration((due ?? 0) - this.clock.now)}. Why wait?`;
    say($("wait-words"), due ? scheduled : "A reminder is scheduled when something is in a cart.");
  }

  /** @param {Record<string, boolean>} next */
  #mark(next) {
    for (const [step, isNext] of Object.entries(next)) {
      const element = $(`step-${step}`);
      if (isNext) element.setAttribute("aria-current", "step");
      else element.removeAttribute("aria-current");
      $(step).classList.toggle("quiet", !isNext);
    }
  }
}
