/** What the page says: amounts, times, and every state in a sentence. */

const LANGUAGE = document.documentElement.lang;
const PLURALS = new Intl.PluralRules(LANGUAGE);
/** @type {Record<string, string | Record<string, string>>} */
let messages;

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

// Minor units as in ISO 4217: browsers show amounts of some currencies in fewer digits than that.
const WITHOUT_MINOR_UNITS = /^(BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF)$/;
const IN_THOUSANDTHS = /^(BHD|IQD|JOD|KWD|LYD|OMR|TND)$/;

/** Say an amount as the mail does: `Locale.money` in chalicelib/domain/locales.py.
 * @param {number} amount in minor units of the currency
 * @param {string} currency
 */
export function money(amount, currency) {
  const digits = WITHOUT_MINOR_UNITS.test(currency) ? 0 : IN_THOUSANDTHS.test(currency) ? 3 : 2;
  const shown = { minimumFractionDigits: digits, maximumFractionDigits: digits };
  const format = new Intl.NumberFormat(LANGUAGE, { style: "currency", currency, ...shown });
  return format.format(amount / 10 ** digits);
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
export function failedWords({ kind, quantity, rest, error }, name) {
  return text(`failed_${kind === "remove" && rest ? "lower" : kind}`, { quantity, name, rest, error });
}

/**
 * Say why the shop refused something: in the page's language, if there are words for it.
 *
 * @param {{code?: string, message: string}} error
 */
export function reasonWords({ code, message }) {
  return `error_${code}` in allMessages() ? text(`error_${code}`) : message;
}

/**
 * Say why there are no lines to show.
 *
 * @param {Shop} shop
 */
export function emptyWords({ cart, hasEnded, isOrdering, hasOrdered, isLookingForCart }) {
  if (isOrdering) return text("ordering");
  if (hasOrdered) return text("done_checkout");
  if (hasEnded || isLookingForCart) return text("cart_signed_out");
  return text(cart ? "cart_empty" : "cart_loading");
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
export function reminderWords({ isSignedIn, hasEnded, cart }) {
  if (!isSignedIn && !hasEnded) return text("no_mail_for_guests");
  const due = cart?.reminder_due_at;
  return due ? text("reminder_due", { time: moment(due) }) : "";
}
