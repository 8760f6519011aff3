/** Shows the cart: its lines, what did not work, and the way to order. */

import { showOrder, showSummary } from "./orders.js";
import { $, inputIn, newButton, part, say, showList, showPicture, showProgress, stateOf } from "./view.js";
import { cartWords, differenceWords, failedWords, money, named, priceWords, reminderWords, text } from "./words.js";

/**
 * @param {Shop} shop
 * @param {On} on
 */
export function showCart(shop, on) {
  const { items, total } = shop.cart;
  const sold = items.filter(isAvailable);
  const count = sold.reduce((sum, item) => sum + item.quantity, 0);
  showOrder(shop);
  showLines(items, shop, on);
  showProblems(shop, on);
  say($("cart-count"), String(count));
  $("cart-link").ariaLabel = text("cart_label", { count });
  say($("cart-state"), cartWords(shop));
  $("cart-state").classList.toggle("skeleton", !shop.confirmed && !items.length && shop.isSignedIn);
  $("linked").hidden = !shop.linked;
  showSummary($("linked"), shop.linked?.items.filter(isAvailable) ?? [], shop.nameOf);
  $("cart-sign-in").hidden = !shop.isLookingForCart;
  $("sum").hidden = !sold.length;
  // What nobody has seen yet cannot be ordered as it was seen.
  $("check-out").ariaDisabled = String(shop.isSignedIn && !shop.confirmed);
  say($("check-out"), text(shop.isSignedIn ? "check_out" : "sign_in_to_check_out"));
  $("to-cart").hidden = !sold.length;
  for (const id of ["total", "to-cart-total"]) say($(id), money(total));
  say($("reminder"), reminderWords(shop));
  // A guest has a cart once the shop has confirmed something in it.
  $("guest-reminders").hidden = !shop.remindsGuest || !shop.confirmed?.items.some(isAvailable);
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
    say(part(element, ".each"), isSold ? priceWords(item) : text("gone"));
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
      part(element, ".name").textContent = named(name);
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
      for (const difference of change.error?.differs ?? []) {
        const line = document.createElement("li");
        line.textContent = differenceWords(difference, nameOf(difference.sku));
        part(element, "ul").append(line);
      }
      element.append(
        // What was seen cannot be ordered, however often it is sent.
        change.kind === "order"
          ? newButton(text("look_again"), () => on.lookAgain(change))
          : newButton(text("try_again"), () => on.retry(change)),
        newButton(text("dismiss"), () => on.dismiss(change)),
      );
    },
  );
  $("problems").hidden = !problems.length;
}
