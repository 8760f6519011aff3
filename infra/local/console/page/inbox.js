/** The mails that were sent, as their readers see them. */

import { mailText } from "./api.js";
import { $, announce, goTo, part, say, showList } from "./dom.js";
import { moment } from "./words.js";

/** @typedef {import("./feed.js").Mail} Mail */

export class Inbox {
  /** @type {Mail[]} */
  #mails = [];
  /** @type {string | undefined} */
  #selected;
  #part = "html";

  /** @param {(messageId: string) => void} onFollow */
  constructor(onFollow) {
    $("as-html").addEventListener("click", () => this.#choose("html"));
    $("as-text").addEventListener("click", () => this.#choose("text"));
    $("follow-mail").addEventListener("click", () => onFollow(this.#selected ?? ""));
  }

  /**
   * @param {import("./feed.js").State["inbox"]} inbox
   * @param {boolean} isNews
   */
  show({ total, latest }, isNews) {
    const newest = latest.at(-1);
    const hasArrived = newest && newest.id !== this.#mails.at(-1)?.id;
    this.#mails = latest;
    $("inbox-state").hidden = total > 0;
    if (!newest) this.#select(undefined);
    else if (hasArrived) this.#select(newest.id);
    if (hasArrived && isNews) announce(`A mail for ${newest.to.join(", ")}: ${newest.subject}.`);
    this.#showMails();
  }

  /** Bring the latest mail into view. */
  open() {
    if (this.#mails.length) {
      this.#select(this.#mails.at(-1)?.id);
      this.#showMails();
    }
    goTo($("inbox-title"));
  }

  #showMails() {
    /** @type {(element: HTMLElement, mail: Mail) => void} */
    const fill = (element, { id }) => {
      part(element, "button").setAttribute("aria-current", String(id === this.#selected));
    };
    showList(
      $("mails"),
      "mail-item",
      this.#mails.toReversed(),
      ({ id }) => id,
      fill,
      (element, mail) => {
        part(element, ".what").textContent = mail.subject;
        part(element, ".note").textContent = `to ${mail.to.join(", ")}`;
        part(element, "time").textContent = moment(new Date(mail.sent_at));
        part(element, "button").addEventListener("click", () => {
          this.#select(mail.id);
          this.#showMails();
        });
      },
    );
  }

  /** @param {string | undefined} id */
  #select(id) {
    if (id === this.#selected) return;
    this.#selected = id;
    $("mail").hidden = !id;
    if (id) this.#showBody();
    else $("mail-body").replaceChildren();
  }

  /** @param {"html" | "text"} chosen */
  #choose(chosen) {
    this.#part = chosen;
    $("as-html").setAttribute("aria-pressed", String(chosen === "html"));
    $("as-text").setAttribute("aria-pressed", String(chosen === "text"));
    this.#showBody();
  }

  async #showBody() {
    const id = this.#selected ?? "";
    const body = this.#part === "html" ? frameOf(id) : await textOf(id);
    if (id === this.#selected) $("mail-body").replaceChildren(body);
  }
}

/** @param {string} id */
function frameOf(id) {
  const frame = document.createElement("iframe");
  frame.title = "The mail as the customer sees it";
  // No script, and an origin of its own; its links open a tab that is free of both.
  frame.setAttribute("sandbox", "allow-popups allow-popups-to-escape-sandbox");
  frame.src = `inbox/${id}`;
  return frame;
}

/** @param {string} id */
async function textOf(id) {
  const text = document.createElement("pre");
  text.tabIndex = 0;
  text.setAttribute("role", "group");
  text.setAttribute("aria-label", "The mail's text part");
  say(text, await mailText(id).catch(() => "The local cloud does not answer."));
  return text;
}
