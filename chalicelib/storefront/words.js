/** What the page says: amounts, times, and every state in a sentence. */

const LANGUAGE = document.documentElement.lang;

/** @param {number} amount in minor units of the currency */
export function money(amount, currency) {
  const format = new Intl.NumberFormat(LANGUAGE, { style: "currency", currency });
  return format.format(amount / 10 ** format.resolvedOptions().maximumFractionDigits);
}

/** @param {string} time in ISO 8601 */
export function moment(time) {
  const format = { weekday: "long", day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" };
  return new Intl.DateTimeFormat(LANGUAGE, format).format(new Date(time));
}

/** @param {import("./patience.js").Connection} connection */
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

const PROGRESS = {
  add: {
    queued: "Kept, not sent yet.",
    sending: "Sending …",
    accepted: "Accepted …",
    unconfirmed: "Accepted, but not confirmed yet.",
  },
  remove: {
    queued: "To be removed, not sent yet.",
    sending: "Removing …",
    accepted: "Removal accepted …",
    unconfirmed: "Removal accepted, but not confirmed yet.",
  },
};

/** Say how far a change of one product has come. @param {import("./changes.js").Change} change */
export function progress({ kind, state }, isSignedIn) {
  if (kind === "add" && state === "queued" && !isSignedIn) return "Kept until you sign in.";
  return PROGRESS[kind][state];
}

/** @param {import("./changes.js").Change} change that was made */
export function doneWords({ kind }, name) {
  return {
    add: `${name} is in your cart.`,
    remove: `${name} was removed from your cart.`,
    checkout: "Thank you! Your order is placed.",
  }[kind];
}

/** @param {import("./changes.js").Change} change that failed */
export function failedWords({ kind, quantity, error }, name) {
  const what = {
    add: `${quantity} × ${name} could not be put in your cart.`,
    remove: `${name} could not be removed from your cart.`,
    checkout: "Your order could not be placed.",
  }[kind];
  return `${what} ${error}`;
}

/** Say why there are no lines to show. */
export function emptyWords({ isSignedIn, isKnown, isOrdering, hasOrdered }) {
  if (isOrdering) return "Placing your order …";
  if (hasOrdered) return "Thank you! Your order is placed.";
  if (!isSignedIn) return "Sign in to see your cart, or just add something.";
  return isKnown ? "Your cart is empty. Add something you like." : "Getting your cart …";
}
