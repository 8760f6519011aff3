/** The switch beside the cart: whether its owner wants to be reminded of it by mail. */

import { $, announce, say } from "./view.js";
import { text } from "./words.js";

const PATH = "cart/reminders";

export class ReminderSwitch {
  #panel = $("reminders");
  #input = /** @type {HTMLInputElement} */ ($("reminders-wanted"));
  #problem = $("reminders-problem");
  /** @type {import("./cart-client.js").CartClient | null} */
  #client = null;
  /** Whether the customer is known to want reminders. */
  isWanted = false;

  /** @param {() => void} onChanged called when the shop has taken the wish */
  constructor(onChanged) {
    this.#input.addEventListener("change", () => this.#set(this.#input.checked, onChanged));
  }

  /**
   * Show what the customer wants; a guest gets no mail and has nothing to switch.
   *
   * @param {import("./cart-client.js").CartClient | null} client a customer's
   * @param {boolean} [isAsked] whether the customer has just asked for reminders
   */
  async show(client, isAsked) {
    this.#client = client;
    this.#panel.hidden = true;
    this.isWanted = false;
    say(this.#problem, "");
    // Should that fail, the switch says so: it is off.
    if (isAsked) await client?.call("PUT", PATH, { body: { wanted: true } }).catch(() => {});
    const { wanted } = (await client?.call("GET", PATH).catch(() => undefined)) ?? {};
    if (client !== this.#client || wanted === undefined) return;
    this.#input.checked = this.isWanted = wanted;
    this.#panel.hidden = false;
  }

  /**
   * @param {boolean} wanted
   * @param {() => void} onChanged
   */
  async #set(wanted, onChanged) {
    const client = this.#client;
    say(this.#problem, "");
    try {
      await client?.call("PUT", PATH, { body: { wanted } });
      if (client !== this.#client) return;
      this.isWanted = wanted;
      announce(text(wanted ? "reminders_on" : "reminders_off"));
      onChanged();
    } catch {
      if (client !== this.#client) return;
      this.#input.checked = !wanted;
      say(this.#problem, text("not_saved"));
    }
  }
}
