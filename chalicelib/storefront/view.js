/** Shows the shop's state in the document. It decides nothing and remembers nothing but elements. */

import { connectionWords, emptyWords, failedWords, GONE, guestWords, money, progress, reminderWords } from "./words.js";

export const $ = (id) => document.getElementById(id);

const part = (element, selector) => element.querySelector(selector);

/** Set text only where it differs: live regions speak, and selections break, on every setting. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/**
 * Make one list element for each item, and keep those that are there: the focus stays put.
 * `prepare(element, item)` is called for new ones, `fill` for all.
 */
function showList(list, template, items, keyOf, fill, prepare) {
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
  part(element, "use").setAttribute("href", `#${$(mark) ? mark : "mark-parcel"}`);
}

/** Return what there is to say about a product, from its youngest change and the cart. */
function stateOf(sku, { changes, cart, hasEnded }) {
  const concerns = (change) => change.sku === sku || change.items?.some((item) => item.sku === sku);
  const change = changes.findLast((candidate) => concerns(candidate) && candidate.state !== "failed");
  if (change) return { state: change.state, text: progress(change, hasEnded) };
  const line = cart?.items.find((item) => item.sku === sku);
  return line ? { state: "done", text: `In your cart: ${line.quantity}` } : { state: "", text: "" };
}

function showProgress(element, { state, text }) {
  const line = part(element, ".progress");
  line.dataset.state = state;
  say(line, text);
}

export function showShelf(shop, onAdd) {
  const fill = (element, { sku }) => showProgress(element, stateOf(sku, shop));
  showList(
    $("shelf"),
    "product",
    [...shop.products.values()],
    ({ sku }) => sku,
    fill,
    (element, product) => {
      showMark(element, product.sku);
      part(element, "h3").textContent = product.name;
      part(element, ".description").textContent = product.description;
      part(element, ".price").textContent = money(product.unit_price, shop.currency);
      part(element, "input").ariaLabel = `Quantity of ${product.name}`;
      const form = part(element, "form");
      form.querySelector("button").ariaLabel = `Add ${product.name} to cart`;
      form.addEventListener("submit", (event) => {
        event.preventDefault();
        onAdd(product.sku, form.elements.quantity.valueAsNumber);
        form.reset();
      });
    },
  );
}

export function showCart(shop, on) {
  const { items, total } = shop.preview;
  showLines(items, shop, on);
  showProblems(shop, on);
  const sold = items.filter(isAvailable);
  const count = sold.reduce((sum, item) => sum + item.quantity, 0);
  say($("cart-count"), String(count));
  $("cart-link").ariaLabel = `Cart: ${count} ${count === 1 ? "thing" : "things"}`;
  say($("cart-state"), items.length ? guestWords(shop) : emptyWords(shop));
  $("cart-sign-in").hidden = !shop.isLookingForCart;
  $("sum").hidden = !sold.length;
  say($("check-out"), shop.isSignedIn ? "Check out" : "Sign in to check out");
  say($("total"), money(total, shop.currency));
  say($("reminder"), reminderWords(shop));
}

function onClick(button, label, act) {
  button.ariaLabel = label;
  button.addEventListener("click", act);
}

const isAvailable = (item) => item.available !== false;

function showLines(items, shop, on) {
  const fill = (element, item) => {
    const isSold = isAvailable(item);
    element.classList.toggle("gone", !isSold);
    part(element, ".stepper").hidden = !isSold;
    say(part(element, ".each"), isSold ? `${money(item.unit_price, shop.currency)} each` : GONE);
    say(part(element, ".subtotal"), isSold ? money(item.subtotal, shop.currency) : "");
    part(element, ".less").ariaDisabled = String(item.quantity === 1);
    const input = part(element, "input");
    // What the customer is typing stays, unless there is news.
    if (input.defaultValue !== String(item.quantity)) input.value = input.defaultValue = item.quantity;
    const state = stateOf(item.sku, shop);
    const isAtRest = state.state === "done";
    const rest = isSold ? { state: "done", text: "In your cart" } : { state: "", text: "" };
    showProgress(element, isAtRest ? rest : state);
  };
  showList(
    $("lines"),
    "line",
    items,
    ({ sku }) => sku,
    fill,
    (element, { sku, name }) => {
      showMark(element, sku);
      part(element, ".name").textContent = name;
      const input = part(element, "input");
      input.ariaLabel = `Quantity of ${name} in your cart`;
      const [less, more, remove] = element.querySelectorAll("button");
      onClick(less, `One less ${name}`, () => on.set(sku, Math.max(1, input.defaultValue - 1)));
      onClick(more, `One more ${name}`, () => on.set(sku, Number(input.defaultValue) + 1));
      onClick(remove, `Remove ${name}`, () => on.set(sku, 0));
      input.addEventListener("change", () => {
        if (input.checkValidity()) on.set(sku, input.valueAsNumber);
        else input.value = input.defaultValue;
      });
    },
  );
}

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
        newButton("Try again", () => on.retry(change)),
        newButton("Dismiss", () => on.dismiss(change)),
      );
    },
  );
  $("problems").hidden = !problems.length;
}

/** Say how the connection is, and offer what the customer can do about it. */
export function showBanner(connection, remedy, act) {
  const words = connectionWords(connection);
  $("banner").replaceChildren(...(words ? [words] : []));
  if (remedy) $("banner").append(newButton(remedy, act));
}

export function newButton(text, act) {
  const button = document.createElement("button");
  button.textContent = text;
  button.addEventListener("click", act);
  return button;
}

/** Say something to those who do not see the page. */
export function announce(text) {
  // The same words twice are no change, which nobody would hear.
  $("announcer").textContent = $("announcer").textContent === text ? `${text}\u00a0` : text;
}
