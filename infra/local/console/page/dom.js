/** Small helpers around the document. */

/** @type {(id: string) => HTMLElement} */
export const $ = (id) => /** @type {HTMLElement} */ (document.getElementById(id));

/** @type {(element: ParentNode, selector: string) => HTMLElement} */
export const part = (element, selector) => /** @type {HTMLElement} */ (element.querySelector(selector));

/** @type {(id: string) => HTMLInputElement} */
export const inputOf = (id) => /** @type {HTMLInputElement} */ ($(id));

/**
 * Set text only where it differs: live regions speak, and selections break, on every setting.
 *
 * @param {Element} element
 * @param {string} text
 */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const TOGETHER = 1_000;
/** @type {string[]} */
const recent = [];

/**
 * Say something to those who do not see the page; what comes at the same time is said together.
 *
 * @param {string} text
 */
export function announce(text) {
  recent.push(text);
  setTimeout(() => recent.shift(), TOGETHER);
  const words = recent.join(" ");
  // The same words twice are no change, which nobody would hear.
  $("announcer").textContent = $("announcer").textContent === words ? `${words}\u00a0` : words;
}

/**
 * Let a button be used or not. It keeps the focus all the same, unlike one that is disabled: what
 * it does may be the very thing that takes its use away.
 *
 * @param {Element} button
 * @param {boolean} isUsable
 */
export function enable(button, isUsable) {
  button.setAttribute("aria-disabled", String(!isUsable));
}

/**
 * Call `act` on each click of a button that can be used.
 *
 * @param {Element} button
 * @param {() => void} act
 */
export function onUse(button, act) {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") act();
  });
}

/**
 * Return a new copy of the one element in a template.
 *
 * @param {string} template
 * @returns {HTMLElement}
 */
export function copyOf(template) {
  const { content } = /** @type {HTMLTemplateElement} */ ($(template));
  return /** @type {HTMLElement} */ (content.firstElementChild?.cloneNode(true));
}

/**
 * Make one element for each item, in their order, and keep those that are there: the focus stays.
 *
 * @param {HTMLElement} list
 * @param {string} template the id of the template of an element
 * @template One
 * @param {One[]} items
 * @param {(item: One) => string} keyOf
 * @param {(element: HTMLElement, item: One) => void} fill called for each, new or not
 * @param {(element: HTMLElement, item: One) => void} [prepare] called for new ones
 */
export function showList(list, template, items, keyOf, fill, prepare = () => {}) {
  const children = /** @type {HTMLElement[]} */ ([...list.children]);
  const old = new Map(children.map((element) => [element.dataset.key, element]));
  let place = list.firstElementChild;
  for (const item of items) {
    const key = keyOf(item);
    let element = old.get(key);
    if (!element) {
      element = copyOf(template);
      element.dataset.key = key;
      prepare(element, item);
    }
    old.delete(key);
    fill(element, item);
    if (element === place) place = element.nextElementSibling;
    else list.insertBefore(element, place);
  }
  for (const element of old.values()) element.remove();
}

/** Tell whether the reader wants nothing to move. */
export function wantsStillness() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/**
 * Scroll to a heading and put the focus there.
 *
 * @param {HTMLElement} heading
 */
export function goTo(heading) {
  heading.focus({ preventScroll: true });
  heading.scrollIntoView({ behavior: wantsStillness() ? "auto" : "smooth" });
}
