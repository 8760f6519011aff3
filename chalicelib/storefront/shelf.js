/** Shows the products, and finds some among many. */

import { $, inputIn, linkTo, newButton, part, say, showList, showPicture, showProgress, stateOf } from "./view.js";
import { money, named, text } from "./words.js";

const SEARCH_FROM = 20;
// Each product has a form and a picture: with a thousand of them the page would be slow.
const AT_ONCE = 60;
let limit = AT_ONCE;
let wanted = { words: [""], category: "" };

/** @type {(product: Product) => boolean} */
function isFound({ name, description, category }) {
  const about = `${name} ${description}`.toLocaleLowerCase();
  return (!wanted.category || wanted.category === category) && wanted.words.every((word) => about.includes(word));
}

/**
 * @param {Shop} shop
 * @param {(sku: string, quantity: number) => void} onAdd
 */
export function showShelf(shop, onAdd) {
  /** @type {(element: Element, product: Product) => void} */
  const fill = (element, { sku }) => showProgress(element, stateOf(sku, shop));
  const found = [...shop.products.values()].filter(isFound);
  $("more").hidden = found.length <= limit;
  showList(
    $("shelf"),
    "product",
    found.slice(0, limit),
    ({ sku }) => sku,
    fill,
    (element, product) => {
      const name = named(product.name);
      showPicture(element, product);
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
 * are many, and to show more than the first of them.
 *
 * @param {Product[]} products
 * @param {() => void} onChange
 */
export function offerSearch(products, onChange) {
  const input = inputIn($("search"));
  $("finder").hidden = products.length < SEARCH_FROM;
  const categories = [...new Set(products.flatMap(({ category = [] }) => category))];
  $("categories").hidden = categories.length < 2;
  const buttons = ["", ...categories].map((category) => {
    const button = newButton(category || text("all_products"), () => find(input.value, category));
    button.dataset.category = category;
    return button;
  });
  $("categories").replaceChildren(...buttons);
  input.addEventListener("input", () => find(input.value, wanted.category));
  $("more").addEventListener("click", () => {
    const next = $("shelf").children.length;
    limit += AT_ONCE;
    onChange();
    const first = /** @type {HTMLElement} */ ($("shelf").children[next]);
    // Whoever listens, or uses the keyboard, goes on there.
    first.tabIndex = -1;
    first.focus({ preventScroll: true });
  });
  press();

  /**
   * @param {string} words
   * @param {string} category
   */
  function find(words, category) {
    wanted = { words: words.toLocaleLowerCase().split(/\s+/), category };
    limit = AT_ONCE;
    // What was shown before would come first, wherever it belongs.
    $("shelf").replaceChildren();
    press();
    onChange();
    $("shelf-state").className = "muted";
    say($("shelf-state"), text("found", { count: products.filter(isFound).length }));
  }

  function press() {
    for (const button of buttons) button.ariaPressed = String(button.dataset.category === wanted.category);
  }
}
