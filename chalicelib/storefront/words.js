/** What the page says: amounts, times, and every state in a sentence. */

const LANGUAGE = document.documentElement.lang;
const PLURALS = new Intl.PluralRules(LANGUAGE);
/** @type {Record<string, string | Record<string, string>>} */
let messages;
/** How the page's language writes amounts of the shop's currency: `Locale` in chalicelib/domain/locales.py.
 * @type {{digits: number, decimal: string, group: string, groups: [number, number], positive: string, negative: string}}
 */
let locale;

/** @param {string} id of what the server put into the page */
function given(id) {
  return JSON.parse(/** @type {HTMLTemplateElement} */ (document.getElementById(id)).content.textContent);
}

function allMessages() {
  const template = /** @type {HTMLTemplateElement} */ (document.getElementById("messages"));
  return (messages ??= JSON.parse(template.content.textContent));
}

/**
 * Return a text of the shop, in the page's language: one that the server put into the page.
 *
 * @param {string} key
 * @param {Record<string, unknown>} [values] for its placeholders; `count` chooses the plural form
 */
export function text(key, values = {}) {
  const forms = allMessages()[key];
  const form = typeof forms === "string" ? forms : (forms[PLURALS.select(Number(values.count))] ?? forms.other);
  return form.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** Write an amount as the mail does.
 * @param {number} amount in minor units of the shop's currency
 */
export function money(amount) {
  locale ??= given("locale");
  const { digits, decimal, positive, negative } = locale;
  const figure = String(Math.abs(amount)).padStart(digits + 1, "0");
  const end = figure.length - digits;
  const written = grouped(figure.slice(0, end)) + (digits ? decimal + figure.slice(end) : "");
  return (amount < 0 ? negative : positive).replace("{}", () => written);
}

/** @param {string} units */
function grouped(units) {
  const [last, others] = locale.groups;
  const parts = [units.slice(-last)];
  for (let rest = units.slice(0, -last); rest; rest = rest.slice(0, -others)) parts.unshift(rest.slice(-others));
  return parts.join(locale.group);
}

/** @param {string} time in ISO 8601 */
function moment(time) {
  /** @type {Intl.DateTimeFormatOptions} */
  const format = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(LANGUAGE, format).format(new Date(time));
}

/**
 * Say how the connection is.
 *
 * @param {Connection} connection
 */
export function connectionWords({ kind, seconds }) {
  return kind === "fine" ? "" : text(`connection_${kind}`, { count: seconds });
}

/**
 * Say how far a change of one product has come.
 *
 * @param {Change} change
 * @param {boolean} hasEnded
 */
export function progress({ kind, state }, hasEnded) {
  if (kind === "remove") return text("progress_removing");
  if (state === "failed") return "";
  return text(`progress_${state === "queued" && hasEnded ? "kept" : state}`);
}

/**
 * Say that a change was made.
 *
 * @param {Change} change
 * @param {string} name
 */
export function doneWords({ kind, rest, restOf }, name) {
  return text(`done_${rest || restOf ? "lower" : kind}`, { name });
}

/**
 * Say that a change failed.
 *
 * @param {Change} change
 * @param {string} name
 */
export function failedWords({ kind, quantity, rest, error = {} }, name) {
  const reason = reasonWords(error);
  return text(`failed_${kind === "remove" && rest ? "lower" : kind}`, { quantity, name, rest, error: reason });
}

/**
 * Say why the shop refused something: in the page's language, if there are words for it.
 *
 * @param {import("./cart-client.js").Reason} error
 */
function reasonWords({ code }) {
  if (code === "repeated") return text("something_else");
  // Nothing else that the page sends can become that large.
  if (code === "request_too_large") return text("error_too_many_lines");
  if (`refused_${code}` in allMessages()) return text(`refused_${code}`);
  if (`error_${code}` in allMessages()) return text(`error_${code}`);
  return text("not_done");
}

/**
 * Say what is otherwise in the cart than the customer saw it.
 *
 * @param {import("./cart-client.js").Difference} difference
 * @param {string} name
 */
export function differenceWords(difference, name) {
  const { quantity, quantity_seen: seen, unit_price: price, unit_price_seen: before } = difference;
  if (price === null) return text("differs_gone", { name });
  if (!seen || before === null) return text("differs_added", { name });
  if (price !== before) return text("differs_price", { name, price: money(price), before: money(before) });
  return text("differs_quantity", { name, count: quantity, seen });
}

/**
 * Say how far an order has come.
 *
 * @param {import("./cart-client.js").Order} order
 */
export function orderWords({ status, reason, payment_due_at: due, refund_due: isRefund }) {
  if (status === "cancelled" && isRefund) return text("order_refund_due");
  if (status === "cancelled") return text(`order_${reason}`);
  return text(`order_${status}`, { time: due ? moment(due) : "" });
}

/**
 * Say what one costs, and what it cost when it was put into the cart, if that was something else.
 *
 * @param {Item} item
 */
export function priceWords({ quantity, unit_price: now, unit_price_at_add: then = now }) {
  if (now === then) return quantity > 1 ? text("each", { price: money(now) }) : "";
  return text("repriced", { price: money(now), before: money(then) });
}

/**
 * Say whose cart it is, or why there are no lines to show.
 *
 * @param {Shop} shop
 */
export function cartWords({ cart, changes, confirmed, hasEnded, hasOrdered, isLookingForCart, linked, order }) {
  if (linked) return text("cart_of_mail");
  if (cart.items.length) return isLookingForCart ? text("cart_of_guest") : "";
  if (changes.some(({ kind, state }) => kind === "checkout" && state !== "failed")) return text("ordering");
  if (hasOrdered) return text("done_checkout");
  if (order || changes.some(({ kind }) => kind === "order")) return "";
  if (hasEnded || isLookingForCart) return text("cart_signed_out");
  return text(confirmed ? "cart_empty" : "cart_loading");
}

/** Keep a figure and its unit on one line.
 * @param {string} words
 */
export function named(words) {
  return words.replace(/(\d) (?=\p{L}{1,3}(?!\p{L}))/gu, "$1\u00a0");
}

/**
 * Say when the reminder comes, or why none does.
 *
 * @param {Shop} shop
 */
export function reminderWords({ isSignedIn, hasEnded, confirmed, remindsGuest }) {
  if (remindsGuest) return "";
  if (!isSignedIn && !hasEnded) return text("no_mail_for_guests");
  const due = confirmed?.reminder_due_at;
  return due ? text("reminder_due", { time: moment(due) }) : "";
}
