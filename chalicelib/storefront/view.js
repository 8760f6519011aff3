/** Shows the shop's state in the document. It decides nothing and remembers nothing but elements. */

import { connectionWords, emptyWords, failedWords, moment, money, progress } from "./words.js";

export const $ = (id) => document.getElementById(id);

/** Set text only where it differs: live regions speak, and selections break, on every setting. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Make one list element for each item, and keep those that are there: the focus stays put.
 *
 * @param {HTMLElement} list
 * @param {string} template the id of the template of an element
 * @param {object[]} items
 * @param {(item: object) => string} keyOf
 * @param {(element: HTMLElement, item: object) => void} fill called for each, new or not
 * @param {(element: HTMLElement, item: object) => void} [prepare] called for new ones
 */
function showList(list, template, items, keyOf, fill, prepare = () => {}) {
  const old = new Map([...list.children].map((element) => [element.dataset.key, element]));
  for (const item of items) {
    const key = keyOf(item);
    let element = old.get(key);
    if (!element) {
      element = $(template).content.firstElementChild.cloneNode(true);
      element.dataset.key = key;
      prepare(element, item);
      list.append(element);
    }
    old.delete(key);
    fill(element, item);
  }
  for (const element of old.values()) {
    // Whoever removed it by keyboard goes on from the list's heading, not from the page's top.
    if (element.contains(document.activeElement)) $("cart-title").focus();
    element.remove();
  }
}

function showMark(element, sku) {
  const mark = `mark-${sku.split("-")[0].toLowerCase()}`;
  element.querySelector("use").setAttribute("href", `#${$(mark) ? mark : "mark-parcel"}`);
}

/** Return what there is to say about a product, from its youngest change and the cart. */
function stateOf(sku, { changes, cart, isSignedIn }) {
  const change = changes.findLast((candidate) => candidate.sku === sku && candidate.state !== "failed");
  if (change) return { state: change.state, text: progress(change, isSignedIn) };
  const line = cart?.items.find((item) => item.sku === sku);
  return line ? { state: "done", text: `In your cart: ${line.quantity}` } : { state: "", text: "" };
}

function showProgress(element, { state, text }) {
  const line = element.querySelector(".progress");
  line.dataset.state = state;
  say(line, text);
}

/** @param {(sku: string, quantity: number) => void} onAdd */
export function showShelf(shop, onAdd) {
  const fill = (element, { sku }) => showProgress(element, stateOf(sku, shop));
  showList($("shelf"), "product", [...shop.products.values()], ({ sku }) => sku, fill, (element, product) => {
    showMark(element, product.sku);
    element.querySelector("h3").textContent = product.name;
    element.querySelector(".description").textContent = product.description;
    element.querySelector(".price").textContent = money(product.unit_price, shop.currency);
    element.querySelector("label .unseen").textContent = `Quantity of ${product.name}`;
    const form = element.querySelector("form");
    form.querySelector("button").setAttribute("aria-label", `Add ${product.name} to cart`);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      onAdd(product.sku, form.elements.quantity.valueAsNumber);
      form.reset();
    });
  });
}

/** @param {{add: Function, remove: Function, again: Function, dismiss: Function}} on */
export function showCart(shop, on) {
  const { items, total, currency, reminder_due_at: reminder } = shop.preview;
  showLines(items, shop, on);
  showProblems(shop, on);
  const count = items.reduce((sum, item) => sum + item.quantity, 0);
  say($("cart-count"), String(count));
  $("cart-link").setAttribute("aria-label", `Cart: ${count} ${count === 1 ? "thing" : "things"}`);
  say($("cart-state"), items.length ? "" : emptyWords(shop));
  $("sum").hidden = !items.length;
  say($("check-out"), shop.isSignedIn ? "Check out" : "Sign in to check out");
  say($("total"), money(total, currency));
  say($("reminder"), reminder ? `Not today? We will remind you by mail on ${moment(reminder)}.` : "");
}

function showLines(items, shop, on) {
  const fill = (element, item) => {
    const each = `${item.quantity} × ${money(item.unit_price, shop.preview.currency)}`;
    say(element.querySelector(".muted"), each);
    say(element.querySelector(".subtotal"), money(item.subtotal, shop.preview.currency));
    const state = stateOf(item.sku, shop);
    showProgress(element, state.state === "done" ? { state: "done", text: "In your cart" } : state);
  };
  showList($("lines"), "line", items, ({ sku }) => sku, fill, (element, { sku, name }) => {
    showMark(element, sku);
    element.querySelector(".name").textContent = name;
    const [more, remove] = element.querySelectorAll("button");
    more.setAttribute("aria-label", `One more ${name}`);
    remove.setAttribute("aria-label", `Remove ${name}`);
    more.addEventListener("click", () => on.add(sku, 1));
    remove.addEventListener("click", () => on.remove(sku));
  });
}

function showProblems({ changes, nameOf }, on) {
  const failed = changes.filter(({ state }) => state === "failed");
  const fill = () => {};
  showList($("problems"), "problem", failed, ({ key }) => key, fill, (element, change) => {
    element.querySelector("p").textContent = failedWords(change, nameOf(change.sku));
    element.querySelector(".again").addEventListener("click", () => on.again(change));
    element.querySelector(".dismiss").addEventListener("click", () => on.dismiss(change));
  });
  $("problems").hidden = !failed.length;
}

/**
 * Say how the connection is, with what the customer can do about it.
 *
 * @param {{kind: string, seconds?: number}} connection
 * @param {{label: string, act: () => void}} [remedy]
 */
export function showBanner(connection, remedy) {
  const words = connectionWords(connection);
  const button = document.createElement("button");
  if (remedy) {
    button.textContent = remedy.label;
    button.addEventListener("click", remedy.act);
  }
  $("banner").dataset.kind = connection.kind;
  $("banner").replaceChildren(...(words ? [words, ...(remedy ? [" ", button] : [])] : []));
}

/** Say something to those who do not see the page. */
export function announce(text) {
  // The same words twice are no change, which nobody would hear.
  $("announcer").textContent = $("announcer").textContent === text ? `${text}\u00a0` : text;
}
