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
function reasonWords({ code, message, status }) {
  if (code === "repeated") return text("something_else");
  if (`error_${code}` in allMessages()) return text(`error_${code}`);
  return message || text("shop_answered", { status });
}

/**
 * Say why there are no lines to show.
 *
 * @param {Shop} shop
 */
export function emptyWords({ confirmed, hasEnded, isOrdering, hasOrdered, isLookingForCart }) {
  if (isOrdering) return text("ordering");
  if (hasOrdered) return text("done_checkout");
  if (hasEnded || isLookingForCart) return text("cart_signed_out");
  return text(confirmed ? "cart_empty" : "cart_loading");
}

/**
 * Say whose cart it is to who came for another one.
 *
 * @param {Shop} shop
 */
export function guestWords({ isLookingForCart }) {
  return isLookingForCart ? text("cart_of_guest") : "";
}

/**
 * Say when the reminder comes, or why none does.
 *
 * @param {Shop} shop
 */
export function reminderWords({ isSignedIn, hasEnded, confirmed }) {
  if (!isSignedIn && !hasEnded) return text("no_mail_for_guests");
  const due = confirmed?.reminder_due_at;
  return due ? text("reminder_due", { time: moment(due) }) : "";
}
