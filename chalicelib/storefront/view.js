/** What all parts of the page show with: elements, lists, progress, words for those who listen. */

import { connectionWords, progress, text } from "./words.js";

/** @type {(id: string) => HTMLElement} */
export const $ = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {(element: Element, selector: string) => HTMLElement} */
export const part = (element, selector) => /** @type {HTMLElement} */ (element.querySelector(selector));

/** @type {(element: Element) => HTMLInputElement} */
export const inputIn = (element) => /** @type {HTMLInputElement} */ (part(element, "input"));

/**
 * Set text only where it differs: live regions speak, and selections break, on every setting.
 *
 * @param {Element} element
 * @param {string} words
 */
export function say(element, words) {
  if (element.textContent !== words) element.textContent = words;
}

/** @type {(template: string) => HTMLElement} */
function copyOf(template) {
  const { content } = /** @type {HTMLTemplateElement} */ ($(template));
  return /** @type {HTMLElement} */ (content.firstElementChild?.cloneNode(true));
}

/**
 * Make one list element for each item, and keep those that are there: the focus stays put.
 * `prepare(element, item)` is called for new ones, `fill` for all.
 *
 * @template One
 * @param {HTMLElement} list
 * @param {string} template
 * @param {One[]} items
 * @param {(item: One) => string} keyOf
 * @param {(element: HTMLElement, item: One) => void} fill
 * @param {(element: HTMLElement, item: One) => void} prepare
 */
export function showList(list, template, items, keyOf, fill, prepare) {
  const children = /** @type {HTMLElement[]} */ ([...list.children]);
  const old = new Map(children.map((element) => [element.dataset.key, element]));
  for (const item of items) {
    const key = keyOf(item);
    let element = old.get(key);
    if (!element) {
      element = copyOf(template);
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

/**
 * @param {Element} element
 * @param {Product} [product]
 */
export function showPicture(element, product) {
  const { image = "storefront/product.svg" } = product ?? {};
  /** @type {HTMLImageElement} */ (part(element, ".mark")).src = image;
}

/**
 * @param {string} url
 * @param {string} label
 */
export function linkTo(url, label) {
  const link = document.createElement("a");
  link.href = url;
  link.textContent = label;
  return link;
}

/**
 * Return what there is to say about a product, from its youngest change and the cart.
 *
 * @param {string} sku
 * @param {Shop} shop
 */
export function stateOf(sku, { changes, confirmed, hasEnded }) {
  /** @type {(change: Change) => boolean | undefined} */
  const concerns = (change) => change.sku === sku || change.items?.some((item) => item.sku === sku);
  const change = changes.findLast((candidate) => concerns(candidate) && candidate.state !== "failed");
  if (change) return { state: change.state, text: progress(change, hasEnded) };
  const line = confirmed?.items.find((item) => item.sku === sku);
  return line ? { state: "done", text: text("in_cart_count", { count: line.quantity }) } : { state: "", text: "" };
}

/**
 * @param {Element} element
 * @param {{state: string, text: string}} progress
 */
export function showProgress(element, progress) {
  const line = part(element, ".progress");
  line.dataset.state = progress.state;
  say(line, progress.text);
}

/**
 * Say how the connection is, and offer what the customer can do about it.
 *
 * @param {Connection} connection
 * @param {string} [remedy]
 * @param {() => void} [act]
 */
export function showBanner(connection, remedy, act) {
  const words = connectionWords(connection);
  $("banner").replaceChildren(...(words ? [words] : []));
  if (remedy && act) $("banner").append(newButton(remedy, act));
}

/**
 * @param {string} label
 * @param {() => void} act
 */
export function newButton(label, act) {
  const button = document.createElement("button");
  button.textContent = label;
  button.addEventListener("click", act);
  return button;
}

/**
 * Say something to those who do not see the page.
 *
 * @param {string} words
 */
export function announce(words) {
  // The same words twice are no change, which nobody would hear.
  $("announcer").textContent = $("announcer").textContent === words ? `${words}\u00a0` : words;
}
