/** The shop page's beginning: it joins the parts and says what each click does. */

import { CognitoSignIn, DemoSignIn, firstFieldOf, IssuerSignIn } from "./account.js";
import { showCart } from "./cart.js";
import { CartClient, exchange, patiently } from "./cart-client.js";
import { closeDialog, openCart, openDialog } from "./dialogs.js";
import { showCheckout } from "./orders.js";
import { GuestReminders, ReminderSwitch } from "./reminders.js";
import { Session } from "./session.js";
import { emptyShelf, offerSearch, showShelf } from "./shelf.js";
import { $, announce, say, showBanner } from "./view.js";
import { doneWords, failedWords, text } from "./words.js";

let client = new CartClient({
  language: document.documentElement.lang,
  on: {
    change: () => session && show(),
    connection: showConnection,
    done(change) {
      hasOrdered = change.kind === "checkout";
      announce(doneWords(change, nameOf(change.sku)));
      show();
    },
    failed: (change) => announce(failedWords(change, nameOf(change.sku))),
  },
});
const reminders = new ReminderSwitch(() => client.lookAgain());
const guestReminders = new GuestReminders();
// Both are there once the shop is open.
/** @type {Accounts} */
let accounts;
/** @type {Session} */
let session;
/** @type {PageConfig} */
let config;
/** @type {import("./cart-client.js").Seen} what the check-out shows */
let seen;
let hasOrdered = false;
const link = new URLSearchParams(location.hash.slice(1)).get("cart-link") ?? history.state?.link;
/** Whether a link, such as the one in a reminder, led to the cart: it may be an account's. */
let isLookingForCart = location.hash === "#cart" || Boolean(link);
/** @type {import("./cart-client.js").Cart | null} the cart that the link of a mail shows */
let linked = null;

// What can be seen

function show() {
  const { cart, changes, confirmed, hasEnded, order, problems, products } = client;
  /** @type {Shop} */
  const shop = {
    cart,
    changes,
    confirmed,
    hasEnded,
    hasOrdered,
    isLookingForCart: isLookingForCart && !isSignedIn(),
    isSignedIn: isSignedIn(),
    linked: isSignedIn() ? null : linked,
    nameOf,
    order,
    paymentPage: config.payment_page,
    problems,
    products,
    remindsGuest: Boolean(config.guest_reminders) && !session.customer,
  };
  showShelf(shop, add);
  showCart(shop, {
    set,
    lookAgain,
    retry: (problem) => client.retry(problem),
    dismiss: (problem) => client.dismiss(problem),
  });
  showCustomer();
}

function showCustomer() {
  $("sign-in").hidden = isSignedIn();
  for (const id of ["greeting", "sign-out", "customer"]) $(id).hidden = !isSignedIn();
  if (!session.customer || !isSignedIn()) return;
  const { name } = session.customer;
  say($("customer"), name);
  say($("greeting"), reminders.isWanted ? text("greeting_reminded", { name }) : text("greeting", { name }));
}

/** @type {import("./cart-client.js").ReportConnection} */
function showConnection(connection) {
  const { kind } = connection;
  if (kind === "ended") {
    reminders.show(null);
    showBanner(connection, text("sign_in"), askToSignIn);
  } else if (kind === "unconfirmed") showBanner(connection, text("look_again"), () => client.lookAgain());
  else if (kind === "gaveUp") showBanner(connection, text("try_again"), () => client.lookAgain());
  // Until the customer signs in again, that is what there is to say.
  else if (!client.hasEnded) showBanner(connection);
}

function isSignedIn() {
  return Boolean(session.customer) && !client.hasEnded;
}

/** @type {(sku?: string) => string} */
const nameOf = (sku = "") => client.products.get(sku)?.name ?? sku;

// What the customer does

/**
 * @param {string} sku
 * @param {number} quantity
 */
function add(sku, quantity) {
  hasOrdered = false;
  client.add(sku, quantity);
}

/**
 * @param {string} sku
 * @param {number} quantity
 */
function set(sku, quantity) {
  hasOrdered = false;
  client.set(sku, quantity);
}

function checkOut() {
  if (!isSignedIn()) {
    askToSignIn();
    return;
  }
  if (!client.confirmed) return;
  // What is shown is what is ordered, whatever becomes of the cart meanwhile.
  seen = client.seen;
  showCheckout(seen, nameOf);
  openDialog("checkout");
}

function placeOrder() {
  closeDialog("checkout");
  openCart();
  if (config.orders) client.placeOrder(seen);
  else client.checkOut();
}

/** @param {Change} problem an order that was refused */
function lookAgain(problem) {
  client.dismiss(problem);
  if (client.seen.lines.length) checkOut();
}

function askToSignIn() {
  openDialog("account-dialog");
  firstFieldOf(accounts.panel)?.focus();
  announce(text("ask_to_sign_in"));
}

// Who the customer is

/** Show the cart of whoever is here: the customer's, or else a guest's. */
function enter(wantsReminders = false) {
  hasOrdered = false;
  showBanner({ kind: "fine" });
  reminders.show(session.customer && client, wantsReminders).then(show);
  guestReminders.begin(client);
  show();
}

/**
 * @param {Tokens} tokens
 * @param {boolean} [wantsReminders] whether the customer asked for them while signing up
 */
function signIn(tokens, wantsReminders) {
  const isAboutCart = isLookingForCart || client.cart.items.length > 0;
  isLookingForCart = false;
  linked = null;
  history.replaceState(null, "");
  session.open(tokens);
  if (session.customer) client = client.signIn(session.customer);
  enter(wantsReminders);
  closeDialog("account-dialog");
  if (isAboutCart) openCart();
  else $("welcome-title").focus();
  announce(text("signed_in", { ...session.customer }));
}

function signOut() {
  accounts.signOut(session.refreshToken);
  session.close();
  client = client.signOut();
  enter();
  $("welcome-title").focus();
  announce(text("signed_out"));
}

// How it begins

async function open() {
  try {
    [config] = await Promise.all([
      patiently(() => exchange("storefront/config.json"), showConnection),
      client.loadProducts(),
    ]);
    accounts = await findAccounts();
    emptyShelf();
    offerSignIn();
    offerSearch([...client.products.values()], show);
  } catch {
    showBanner({ kind: "gaveUp" }, text("try_again"), open);
  }
}

/** Only the module of the way that there is to sign in is loaded. */
async function findAccounts() {
  const { stage, region, user_pool_client_id: id, issuer, client_id, asks_consent: asks = false } = config;
  if (stage === "local") return new DemoSignIn(signIn);
  if (issuer) return new IssuerSignIn(new (await import("./oidc.js")).Issuer(issuer, client_id), signIn);
  return new CognitoSignIn(new (await import("./cognito.js")).Cognito(region, id), signIn, asks);
}

function offerSignIn() {
  accounts.panel.hidden = false;
  session = new Session(sessionStorage, accounts.renew);
  $("console-hint").hidden = config.stage !== "local";
  if (session.customer) client = client.as(session.customer);
  client.start();
  enter();
  accounts.resume?.();
  // The browser went there before there was anything to go past.
  if (isLookingForCart) openCart();
  if (isSignedIn()) isLookingForCart = false;
  else if (link) showLinked(link);
}

/** @param {string} token of a mail's link: this entry of the history keeps it, its address does not */
async function showLinked(token) {
  history.replaceState({ link: token }, "", "#cart");
  const cart = await client.readLinked(token).catch(() => null);
  linked = cart?.items.some(({ available }) => available !== false) ? cart : null;
  show();
}

for (const id of ["cart-sign-in", "sign-in"]) $(id).addEventListener("click", askToSignIn);
$("check-out").addEventListener("click", checkOut);
$("place-order").addEventListener("click", placeOrder);
$("order-close").addEventListener("click", () => client.closeOrder());
$("sign-out").addEventListener("click", signOut);
$("to-cart").addEventListener("click", openCart);
$("cart-link").addEventListener("click", (event) => {
  event.preventDefault();
  openCart();
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) client.lookAgain();
});
// A page that the browser kept while its reader was elsewhere, for instance paying.
addEventListener("pageshow", ({ persisted }) => persisted && client.lookAgain());
open();
