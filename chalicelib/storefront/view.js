/** Shows the shop's state in the document. It decides nothing and remembers nothing but elements. */

import { connectionWords, emptyWords, failedWords, guestWords, money, progress, reminderWords, text } from "./words.js";

const SEARCH_FROM = 20;

/** @type {(id: string) => HTMLElement} */
export const $ = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {(element: Element, selector: string) => HTMLElement} */
const part = (element, selector) => /** @type {HTMLElement} */ (element.querySelector(selector));

/** @type {(element: Element) => HTMLInputElement} */
const inputIn = (element) => /** @type {HTMLInputElement} */ (part(element, "input"));

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
function showList(list, template, items, keyOf, fill, prepare) {
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
function showPicture(element, product) {
  const { image = "storefront/product.svg" } = product ?? {};
  /** @type {HTMLImageElement} */ (part(element, ".mark")).src = image;
}

/**
 * @param {string} url
 * @param {string} label
 */
function linkTo(url, label) {
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
function stateOf(sku, { changes, confirmed, hasEnded }) {
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
function showProgress(element, progress) {
  const line = part(element, ".progress");
  line.dataset.state = progress.state;
  say(line, progress.text);
}

/**
 * @param {Shop} shop
 * @param {(sku: string, quantity: number) => void} onAdd
 */
export function showShelf(shop, onAdd) {
  /** @type {(element: Element, product: Product) => void} */
  const fill = (element, { sku }) => showProgress(element, stateOf(sku, shop));
  showList(
    $("shelf"),
    "product",
    [...shop.products.values()],
    ({ sku }) => sku,
    fill,
    (element, product) => {
      showPicture(element, product);
      part(element, "h3").replaceChildren(product.url ? linkTo(product.url, product.name) : product.name);
      part(element, ".description").textContent = product.description;
      part(element, ".price").textContent = money(product.unit_price);
      const input = inputIn(element);
      input.ariaLabel = text("quantity_of", { name: product.name });
      const form = /** @type {HTMLFormElement} */ (part(element, "form"));
      part(form, "button").ariaLabel = text("add_named", { name: product.name });
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        onAdd(product.sku, input.valueAsNumber);
        form.reset();
      });
    },
  );
}

/**
 * Offer to look for products by words of their names and descriptions, where there are many.
 *
 * @param {number} count how many products there are
 */
export function offerSearch(count) {
  const search = $("search");
  search.hidden = count < SEARCH_FROM;
  inputIn(search).addEventListener("input", () => {
    const words = inputIn(search).value.toLocaleLowerCase().split(/\s+/);
    const products = /** @type {HTMLElement[]} */ ([...$("shelf").children]);
    for (const product of products) {
      const about = `${part(product, "h3").textContent} ${part(product, ".description").textContent}`;
      product.hidden = !words.every((word) => about.toLocaleLowerCase().includes(word));
    }
    say($("shelf-state"), text("found", { count: products.filter(({ hidden }) => !hidden).length }));
  });
}

/**
 * @param {Shop} shop
 * @param {On} on
 */
export function showCart(shop, on) {
  const { items, total } = shop.cart;
  showLines(items, shop, on);
  showProblems(shop, on);
  const sold = items.filter(isAvailable);
  const count = sold.reduce((sum, item) => sum + item.quantity, 0);
  say($("cart-count"), String(count));
  $("cart-link").ariaLabel = text("cart_label", { count });
  say($("cart-state"), items.length ? guestWords(shop) : emptyWords(shop));
  $("cart-sign-in").hidden = !shop.isLookingForCart;
  $("sum").hidden = !sold.length;
  say($("check-out"), text(shop.isSignedIn ? "check_out" : "sign_in_to_check_out"));
  $("to-cart").hidden = !sold.length;
  for (const id of ["total", "to-cart-total"]) say($(id), money(total));
  say($("reminder"), reminderWords(shop));
}

/**
 * @param {HTMLElement} button
 * @param {string} label
 * @param {() => void} act
 */
function onClick(button, label, act) {
  button.ariaLabel = label;
  button.addEventListener("click", act);
}

/** @type {(item: Item) => boolean} */
const isAvailable = (item) => item.available !== false;

/**
 * @param {Item[]} items
 * @param {Shop} shop
 * @param {On} on
 */
function showLines(items, shop, on) {
  /** @type {(element: HTMLElement, item: Item) => void} */
  const fill = (element, item) => {
    const isSold = isAvailable(item);
    element.classList.toggle("gone", !isSold);
    part(element, ".stepper").hidden = !isSold;
    say(part(element, ".each"), isSold ? text("each", { price: money(item.unit_price) }) : text("gone"));
    say(part(element, ".subtotal"), isSold ? money(item.subtotal) : "");
    part(element, ".less").ariaDisabled = String(item.quantity === 1);
    const input = inputIn(element);
    // What the customer is typing stays, unless there is news.
    if (input.defaultValue !== String(item.quantity)) input.value = input.defaultValue = String(item.quantity);
    const state = stateOf(item.sku, shop);
    const isAtRest = state.state === "done";
    const rest = isSold ? { state: "done", text: text("in_cart") } : { state: "", text: "" };
    showProgress(element, isAtRest ? rest : state);
  };
  showList(
    $("lines"),
    "line",
    items,
    ({ sku }) => sku,
    fill,
    (element, { sku, ...item }) => {
      const product = shop.products.get(sku);
      // The API names it in the customer's language, which need not be the page's.
      const { name } = product ?? item;
      showPicture(element, product);
      part(element, ".name").textContent = name;
      const input = inputIn(element);
      input.ariaLabel = text("quantity_in_cart", { name });
      const [less, more, remove] = element.querySelectorAll("button");
      onClick(less, text("one_less", { name }), () => on.set(sku, Math.max(1, Number(input.defaultValue) - 1)));
      onClick(more, text("one_more", { name }), () => on.set(sku, Number(input.defaultValue) + 1));
      onClick(remove, text("remove_named", { name }), () => on.set(sku, 0));
      input.addEventListener("change", () => {
        if (input.checkValidity()) on.set(sku, input.valueAsNumber);
        else input.value = input.defaultValue;
      });
    },
  );
}

/**
 * @param {Shop} shop
 * @param {On} on
 */
function showProblems({ problems, nameOf }, on) {
  const fill = () => {};
  showList(
    $("problems"),
    "problem",
    problems,
    ({ key }) => key,
    fill,
    (element, change) => {
      part(element, "p").textContent = failedWords(change, nameOf(change.sku));
      element.append(
        newButton(text("try_again"), () => on.retry(change)),
        newButton(text("dismiss"), () => on.dismiss(change)),
      );
    },
  );
  $("problems").hidden = !problems.length;
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
