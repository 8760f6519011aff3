/** Small helpers around the document. */

export const $ = (id) => document.getElementById(id);

/** Set text only where it differs: live regions speak, and selections break, on every setting. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

const TOGETHER = 1_000;
const recent = [];

/** Say something to those who do not see the page; what comes at the same time is said together. */
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
 */
export function enable(button, isUsable) {
  button.setAttribute("aria-disabled", String(!isUsable));
}

/** Call `act` on each click of a button that can be used. */
export function onUse(button, act) {
  button.addEventListener("click", () => {
    if (button.getAttribute("aria-disabled") !== "true") act();
  });
}

/** Return a new copy of the one element in a template. */
export function copyOf(template) {
  return $(template).content.firstElementChild.cloneNode(true);
}

/**
 * Make one element for each item, in their order, and keep those that are there: the focus stays.
 *
 * @param {HTMLElement} list
 * @param {string} template the id of the template of an element
 * @param {object[]} items
 * @param {(item: object) => string} keyOf
 * @param {(element: HTMLElement, item: object) => void} fill called for each, new or not
 * @param {(element: HTMLElement, item: object) => void} [prepare] called for new ones
 */
export function showList(list, template, items, keyOf, fill, prepare = () => {}) {
  const old = new Map([...list.children].map((element) => [element.dataset.key, element]));
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
    if (element === place) place = place.nextElementSibling;
    else list.insertBefore(element, place);
  }
  for (const element of old.values()) element.remove();
}

/** Tell whether the reader wants nothing to move. */
export function wantsStillness() {
  return matchMedia("(prefers-reduced-motion: reduce)").matches;
}

/** Scroll to a heading and put the focus there. */
export function goTo(heading) {
  heading.focus({ preventScroll: true });
  heading.scrollIntoView({ behavior: wantsStillness() ? "auto" : "smooth" });
}
