/** The switch beside the cart: whether its owner wants to be reminded of it by mail. */

import { $, announce, say } from "./view.js";
import { text } from "./words.js";

const PATH = "cart/reminders";

export class ReminderSwitch {
  #panel = $("reminders");
  #input = /** @type {HTMLInputElement} */ ($("reminders-wanted"));
  #problem = $("reminders-problem");
  /** @type {Call | null} */
  #call = null;

  /** @param {() => void} onChanged called when the shop has taken the wish */
  constructor(onChanged) {
    this.#input.addEventListener("change", () => this.#set(this.#input.checked, onChanged));
  }

  /**
   * Show what the customer wants; a guest gets no mail and has nothing to switch.
   *
   * @param {Call | null} call the API in the customer's name
   */
  async show(call) {
    this.#call = call;
    this.#panel.hidden = true;
    say(this.#problem, "");
    const { wanted } = (await call?.("GET", PATH).catch(() => undefined)) ?? {};
    if (call !== this.#call || wanted === undefined) return;
    this.#input.checked = wanted;
    this.#panel.hidden = false;
  }

  /**
   * @param {boolean} wanted
   * @param {() => void} onChanged
   */
  async #set(wanted, onChanged) {
    const call = this.#call;
    say(this.#problem, "");
    try {
      await call?.("PUT", PATH, { body: { wanted } });
      if (call !== this.#call) return;
      announce(text(wanted ? "reminders_on" : "reminders_off"));
      onChanged();
    } catch {
      if (call !== this.#call) return;
      this.#input.checked = !wanted;
      say(this.#problem, text("not_saved"));
    }
  }
}
