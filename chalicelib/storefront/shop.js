/** The shop page's beginning: it joins the parts and says what each click does. */

import { CognitoSignIn, DemoSignIn, firstFieldOf } from "./account.js";
import { CartClient, exchange, patiently } from "./cart-client.js";
import { Cognito } from "./cognito.js";
import { ReminderSwitch } from "./reminders.js";
import { Session } from "./session.js";
import { $, announce, offerSearch, say, showBanner, showCart, showShelf } from "./view.js";
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
// Both are there once the shop is open.
/** @type {Accounts} */
let accounts;
/** @type {Session} */
let session;
let hasOrdered = false;
/** Whether a link, such as the one in a reminder, led to the cart: it may be an account's. */
let isLookingForCart = location.hash === "#cart";

// What can be seen

function show() {
  const { cart, changes, confirmed, hasEnded, problems, products } = client;
  /** @type {Shop} */
  const shop = {
    cart,
    changes,
    confirmed,
    hasEnded,
    hasOrdered,
    isOrdering: changes.some(({ kind, state }) => kind === "checkout" && state !== "failed"),
    isLookingForCart: isLookingForCart && !isSignedIn(),
    isSignedIn: isSignedIn(),
    nameOf,
    problems,
    products,
  };
  showShelf(shop, add);
  showCart(shop, { set, retry: (problem) => client.retry(problem), dismiss: (problem) => client.dismiss(problem) });
  showCustomer();
}

function showCustomer() {
  accounts.panel.hidden = isSignedIn();
  for (const id of ["greeting", "sign-out", "customer"]) $(id).hidden = !isSignedIn();
  if (!session.customer || !isSignedIn()) return;
  const { name } = session.customer;
  say($("customer"), name);
  say($("greeting"), text("greeting", { name }));
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
  $("cart-title").focus();
  client.checkOut();
}

/** Bring the whole cart into view, not only its heading. */
function goToCart() {
  $("cart-title").focus({ preventScroll: true });
  $("cart").scrollIntoView();
}

function askToSignIn() {
  accounts.panel.scrollIntoView({ block: "center" });
  firstFieldOf(accounts.panel)?.focus({ preventScroll: true });
  announce(text("ask_to_sign_in"));
}

// Who the customer is

/** Show the cart of whoever is here: the customer's, or else a guest's. */
function enter() {
  hasOrdered = false;
  showBanner({ kind: "fine" });
  reminders.show(session.customer && client);
  show();
}

/** @param {Tokens} tokens */
function signIn(tokens) {
  const isAboutCart = isLookingForCart || client.cart.items.length > 0;
  isLookingForCart = false;
  session.open(tokens);
  if (session.customer) client = client.signIn(session.customer);
  enter();
  if (isAboutCart) goToCart();
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
    const [config] = await Promise.all([
      patiently(() => exchange("storefront/config.json"), showConnection),
      client.loadProducts(),
    ]);
    say($("shelf-state"), "");
    offerSignIn(config);
    offerSearch(client.products.size);
  } catch {
    showBanner({ kind: "gaveUp" }, text("try_again"), open);
  }
}

/** @param {{stage: string, region: string, user_pool_client_id: string}} config */
function offerSignIn({ stage, region, user_pool_client_id: id }) {
  const isLocal = stage === "local";
  accounts = isLocal ? new DemoSignIn(signIn) : new CognitoSignIn(new Cognito(region, id), signIn);
  session = new Session(sessionStorage, accounts.renew);
  $("console-hint").hidden = !isLocal;
  if (session.customer) client = client.as(session.customer);
  client.start();
  enter();
  // The browser went there before there was anything to go past.
  if (isLookingForCart) goToCart();
  if (isSignedIn()) isLookingForCart = false;
}

$("cart-sign-in").addEventListener("click", askToSignIn);
$("check-out").addEventListener("click", checkOut);
$("sign-out").addEventListener("click", signOut);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) client.lookAgain();
});
open();
