/** Shows the products, and finds some among many. */

import { $, inputIn, linkTo, newButton, part, say, showList, showPicture, showProgress, stateOf } from "./view.js";
import { money, named, text } from "./words.js";

const SEARCH_FROM = 20;

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
      const name = named(product.name);
      showPicture(element, product);
      element.dataset.category = product.category;
      part(element, "h3").replaceChildren(product.url ? linkTo(product.url, name) : name);
      part(element, ".description").textContent = named(product.description);
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

/** Leave of what was there while the products were on their way nothing. */
export function emptyShelf() {
  $("shelf").replaceChildren();
  $("shelf").ariaBusy = "false";
  say($("shelf-state"), "");
}

/**
 * Offer to look for products by words of their names and descriptions and by category, where there
 * are many.
 *
 * @param {Product[]} products
 */
export function offerSearch(products) {
  $("finder").hidden = products.length < SEARCH_FROM;
  const categories = [...new Set(products.flatMap(({ category = [] }) => category))];
  $("categories").hidden = categories.length < 2;
  const buttons = ["", ...categories].map((category) => {
    const button = newButton(category || text("all_products"), () => choose(button));
    button.dataset.category = category;
    return button;
  });
  $("categories").replaceChildren(...buttons);
  inputIn($("search")).addEventListener("input", find);
  choose(buttons[0]);

  /** @param {HTMLButtonElement} chosen */
  function choose(chosen) {
    const isChange = buttons.some(({ ariaPressed }) => ariaPressed);
    for (const button of buttons) button.ariaPressed = String(button === chosen);
    if (isChange) find();
  }

  function find() {
    const words = inputIn($("search")).value.toLocaleLowerCase().split(/\s+/);
    const category = buttons.find(({ ariaPressed }) => ariaPressed === "true")?.dataset.category;
    const shown = /** @type {HTMLElement[]} */ ([...$("shelf").children]);
    for (const product of shown) {
      const about = `${part(product, "h3").textContent} ${part(product, ".description").textContent}`;
      const isFound = words.every((word) => about.toLocaleLowerCase().includes(word));
      product.hidden = !isFound || Boolean(category && product.dataset.category !== category);
    }
    $("shelf-state").className = "muted";
    say($("shelf-state"), text("found", { count: shown.filter(({ hidden }) => !hidden).length }));
  }
}
