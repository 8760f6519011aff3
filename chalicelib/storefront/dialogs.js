/** The page's dialogs. Beside the shelf the cart is none; on a narrow screen, it becomes one. */

import { $ } from "./view.js";

const NARROW = matchMedia("(width < 60rem)");

/** @type {(id: string) => HTMLDialogElement} */
const dialog = (id) => /** @type {HTMLDialogElement} */ ($(id));

/** @param {string} id */
export function openDialog(id) {
  if (!dialog(id).matches(":modal")) dialog(id).showModal();
}

/** @param {string} id */
export function closeDialog(id) {
  dialog(id).close();
}

/** Bring the whole cart into view, not only its heading. */
export function openCart() {
  const cart = dialog("cart");
  if (NARROW.matches && !cart.matches(":modal")) {
    // What is open as a part of the page cannot be opened on top of it.
    cart.open = false;
    cart.showModal();
  }
  $("cart-title").focus({ preventScroll: true });
  if (!NARROW.matches) cart.scrollIntoView();
}

for (const each of document.querySelectorAll("dialog")) {
  each.addEventListener("click", ({ target }) => {
    const isButton = target instanceof Element && target.closest(".close");
    // A click that reaches no part of a dialog is one beside it.
    if (isButton || (target === each && each.matches(":modal"))) each.close();
  });
}
dialog("cart").addEventListener("close", () => {
  dialog("cart").open = true;
});
NARROW.addEventListener("change", () => {
  if (!NARROW.matches && dialog("cart").matches(":modal")) dialog("cart").close();
});
