/** A week in a shopper's life, played in some ten seconds by moving the clock. */

import { addAs, cartByLink, mailText, orderAs, pay, products } from "./api.js";
import { $, announce, copyOf, enable, onUse, part, say } from "./dom.js";
import { counted } from "./words.js";

const DAYS = 7;
const HOURS = DAYS * 24;
/** How far the clock jumps at once, in hours, if nothing is to be done before. */
const STRIDE = 6;

/** @typedef {import("./feed.js").Mail} Mail */

export class Week {
  #email = "";
  #orderId = "";
  #hour = 0;
  /** @type {Mail[]} */
  #mails = [];
  #shownUntil = 0;
  /** What goes on when the console shows a time. @type {{time: number, resolve: () => void} | undefined} */
  #waiting;
  #done = { adds: 0, followed: 0, orders: 0 };

  /** What she does, by the hour of the week. After the third add a plan of reminders runs on. */
  #acts = new Map([
    [9, () => this.#add(0)],
    [11, () => this.#add(1)],
    [58, () => this.#add(2)],
    [136, () => this.#follow()],
    [137, () => this.#order()],
    [137.25, () => this.#pay()],
  ]);

  /**
   * @param {import("./clock.js").Clock} clock
   * @param {(error: Error) => void} onError
   */
  constructor(clock, onError) {
    this.clock = clock;
    onUse($("week"), async () => {
      enable($("week"), false);
      try {
        await this.#play();
      } catch (error) {
        onError(/** @type {Error} */ (error));
      }
      enable($("week"), true);
    });
  }

  /**
   * Note what the console shows by now.
   *
   * @param {{now: string, inbox?: {latest: Mail[]}}} changes
   */
  show({ now, inbox }) {
    this.#shownUntil = Date.parse(now);
    for (const mail of inbox?.latest ?? []) {
      const isNew = mail.to.includes(this.#email) && this.#mails.every(({ id }) => id !== mail.id);
      if (isNew) {
        this.#mails.push(mail);
        this.#note(`gets a mail: “${mail.subject}”`);
      }
    }
    if (this.#waiting && this.#shownUntil >= this.#waiting.time) this.#waiting.resolve();
  }

  /** A shopper of her own for each week: nothing of another one is in her cart. */
  get #grace() {
    return { name: "Grace", email: this.#email };
  }

  async #play() {
    this.#email = `grace-${crypto.randomUUID().slice(0, 8)}@example.com`;
    this.#mails = [];
    this.#done = { adds: 0, followed: 0, orders: 0 };
    $("week-days").replaceChildren(...Array.from({ length: DAYS }, (_, day) => dayOf(day)));
    for (this.#hour = 0; this.#hour < HOURS; ) {
      const begun = performance.now();
      const next = Math.min((Math.floor(this.#hour / STRIDE) + 1) * STRIDE, ...this.#later());
      await this.#moveTo(next);
      await this.#acts.get(next)?.();
      const left = Number($("week").dataset.pace) - (performance.now() - begun);
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, left));
    }
    say($("week-words"), this.#summary);
    announce(this.#summary);
  }

  /** The hours at which something is still to be done. */
  #later() {
    return [...this.#acts.keys()].filter((hour) => hour > this.#hour);
  }

  /**
   * Move the clock, and wait until the console shows what came of it.
   *
   * @param {number} hour
   */
  async #moveTo(hour) {
    if (!(await this.clock.advance((hour - this.#hour) * 3600))) throw new Error("The week was interrupted.");
    await this.#shown(Math.floor(this.clock.now / 1000) * 1000);
    this.#hour = hour;
    say($("week-words"), `Day ${Math.min(Math.floor(hour / 24) + 1, DAYS)} of ${DAYS}.`);
  }

  /**
   * Wait until the console shows what happened up to a time.
   *
   * @param {number} time in milliseconds
   * @returns {Promise<void>}
   */
  #shown(time) {
    if (this.#shownUntil >= time) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = { time, resolve };
    });
  }

  /** @param {number} number */
  async #add(number) {
    const { sku, name } = (await products())[number];
    await addAs(this.#grace, sku);
    this.#done.adds += 1;
    this.#note(`adds ${name}`);
  }

  /** Follow the link of her latest reminder, if she got one. */
  async #follow() {
    for (const { id } of this.#mails.toReversed()) {
      const link = /#cart-link=(\S+)/.exec(await mailText(id))?.[1];
      if (!link) continue;
      await cartByLink(link);
      this.#done.followed += 1;
      this.#note("follows the link in the mail");
      return;
    }
  }

  async #order() {
    this.#orderId = await orderAs(this.#grace);
    this.#done.orders += 1;
    this.#note("orders");
  }

  /** Pay for the order, where the shop takes orders. */
  async #pay() {
    if (!this.#orderId) return;
    await pay(this.#orderId);
    this.#note("pays");
  }

  /** @param {string} what */
  #note(what) {
    const item = document.createElement("li");
    item.textContent = what;
    const day = Math.min(Math.floor(this.#hour / 24), DAYS - 1);
    part($("week-days").children[day], "ul").append(item);
  }

  get #summary() {
    const { adds, followed, orders } = this.#done;
    const did = [counted(adds, "add"), counted(this.#mails.length, "mail"), `${followed} followed`];
    return `A week of Grace: ${[...did, counted(orders, "order")].join(", ")}.`;
  }
}

/** @param {number} day from 0 on */
function dayOf(day) {
  const element = copyOf("week-day");
  part(element, ".day").textContent = `Day ${day + 1}`;
  return element;
}
