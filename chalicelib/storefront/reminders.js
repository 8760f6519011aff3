/** What is beside the cart about reminders: a customer's switch, and the form for a guest's address. */

import { $, announce, inputIn, part, say } from "./view.js";
import { text } from "./words.js";

const PATH = "cart/reminders";

/** Whether the cart's owner wants to be reminded of it by mail. */
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

/** Where to remind a guest of the cart; what the guest agrees to stands in the form. */
export class GuestReminders {
  #form = /** @type {HTMLFormElement} */ ($("guest-reminders"));
  /** @type {import("./cart-client.js").CartClient | null} */
  #client = null;

  constructor() {
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send(inputIn(this.#form).value);
    });
  }

  /**
   * Begin with an empty form.
   *
   * @param {import("./cart-client.js").CartClient} client of whoever is here now
   */
  begin(client) {
    this.#client = client;
    this.#form.reset();
    this.#say("", "");
  }

  /** @param {string} email */
  async #send(email) {
    const client = this.#client;
    this.#say("", "");
    let state = "";
    let problem = "";
    try {
      const answer = await client?.leaveAddress(email);
      state = answer?.status === "confirmed" ? text("reminders_on") : text("guest_asked", { email });
    } catch (error) {
      problem = error.code === "malformed_request" ? text("address_not_mailable") : text("not_saved");
    }
    if (client === this.#client) this.#say(state, problem);
  }

  /**
   * @param {string} state
   * @param {string} problem
   */
  #say(state, problem) {
    say(part(this.#form, "[role=status]"), state);
    say(part(this.#form, ".problem"), problem);
  }
}
