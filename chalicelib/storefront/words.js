/** What the page says: amounts, times, and every state in a sentence. */

const LANGUAGE = document.documentElement.lang;

// Minor units as in ISO 4217: browsers show amounts of some currencies in fewer digits than that.
const WITHOUT_MINOR_UNITS = /^(BIF|CLP|DJF|GNF|ISK|JPY|KMF|KRW|PYG|RWF|UGX|UYI|VND|VUV|XAF|XOF|XPF)$/;
const IN_THOUSANDTHS = /^(BHD|IQD|JOD|KWD|LYD|OMR|TND)$/;

/** Say an amount as the mail does: `money` in chalicelib/domain/pricing.py.
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
  const again = `Trying again in ${seconds === 1 ? "a second" : `${seconds} seconds`}.`;
  return {
    fine: "",
    slow: "The network is slow. Still waiting for an answer …",
    offline: "You are offline. What you do is kept here and sent when you are back.",
    busy: `The shop is busy right now. ${again} Nothing is lost.`,
    unreachable: `The shop cannot be reached. ${again} Nothing is lost.`,
    unconfirmed: "The shop has accepted what you did, but takes unusually long to do it.",
    gaveUp: "The shop does not answer. What you did is kept here.",
    ended: "Your session has ended. Sign in again: nothing is lost.",
  }[kind];
}

/** Say why a line of the cart costs nothing. */
export const GONE = "No longer available. It is not part of your order.";

/** @type {Partial<Record<Change["state"], string>>} */
const PROGRESS = {
  queued: "Kept, not sent yet.",
  sending: "Sending …",
  accepted: "Accepted …",
  unconfirmed: "Accepted, but not confirmed yet.",
};

/**
 * Say how far a change of one product has come.
 *
 * @param {Change} change
 * @param {boolean} hasEnded
 */
export function progress({ kind, state }, hasEnded) {
  if (kind === "remove") return "Being removed …";
  return state === "queued" && hasEnded ? "Kept until you sign in." : (PROGRESS[state] ?? "");
}

/**
 * Say that a change was made.
 *
 * @param {Change} change
 * @param {string} name
 */
export function doneWords({ kind, rest, restOf }, name) {
  if (rest || restOf) return `Fewer of ${name} are in your cart.`;
  return {
    add: `${name} is in your cart.`,
    remove: `${name} was removed from your cart.`,
    checkout: "Thank you! Your order is placed.",
    merge: "What you chose before is in your cart.",
  }[kind];
}

/**
 * Say that a change failed.
 *
 * @param {Change} change
 * @param {string} name
 */
export function failedWords({ kind, quantity, rest, error }, name) {
  const what = {
    add: `${quantity} × ${name} could not be put in your cart.`,
    remove: rest
      ? `${name} could not be lowered to ${rest} in your cart.`
      : `${name} could not be removed from your cart.`,
    checkout: "Your order could not be placed.",
    merge: "What you chose before you signed in could not be put in your cart.",
  }[kind];
  return `${what} ${error}`;
}

/**
 * Say why there are no lines to show.
 *
 * @param {Shop} shop
 */
export function emptyWords({ cart, hasEnded, isOrdering, hasOrdered, isLookingForCart }) {
  if (isOrdering) return "Placing your order …";
  if (hasOrdered) return "Thank you! Your order is placed.";
  if (hasEnded || isLookingForCart) return "Sign in to see your cart.";
  return cart ? "Your cart is empty. Add something you like." : "Getting your cart …";
}

/**
 * Say whose cart it is to who came for another one.
 *
 * @param {Shop} shop
 */
export function guestWords({ isLookingForCart }) {
  return isLookingForCart ? "This is your cart as a guest. Sign in to see the cart of your account." : "";
}

/**
 * Say when the reminder comes, or why none does.
 *
 * @param {Shop} shop
 */
export function reminderWords({ isSignedIn, hasEnded, cart }) {
  if (!isSignedIn && !hasEnded) return "Guests get no mail. Sign in, and we will remind you of your cart.";
  const due = cart?.reminder_due_at;
  return due ? `Not today? We will remind you by mail on ${moment(due)}.` : "";
}
