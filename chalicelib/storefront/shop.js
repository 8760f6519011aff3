/** The shop page's beginning: it joins the parts and says what each click does. */

import { CognitoSignIn, DemoSignIn, firstFieldOf } from "./account.js";
import { call } from "./api.js";
import { addsOf, Changes, GUEST, preview } from "./changes.js";
import { Cognito } from "./cognito.js";
import { Guest } from "./guest.js";
import { patiently } from "./patience.js";
import { ReminderSwitch } from "./reminders.js";
import { Session } from "./session.js";
import { Sync } from "./sync.js";
import { $, announce, offerSearch, say, showBanner, showCart, showShelf } from "./view.js";
import { doneWords, failedWords, text } from "./words.js";

/** @type {Cart} */
const NOTHING = { items: [] };

const guest = new Guest(localStorage);
const reminders = new ReminderSwitch(() => sync.lookAgain());
/** @type {Map<string, Product>} */
const products = new Map();
// All of these are there once the shop is open.
/** @type {Accounts} */
let accounts;
/** @type {Session} */
let session;
/** @type {Changes} */
let changes;
/** @type {Sync} */
let sync;
let hasEnded = false;
let hasOrdered = false;
/** Whether a link, such as the one in a reminder, led to the cart: it may be an account's. */
let isLookingForCart = location.hash === "#cart";

// What can be seen

function show() {
  /** @type {Shop} */
  const shop = {
    cart: sync.cart,
    changes: changes.list,
    hasEnded,
    hasOrdered,
    isOrdering: changes.list.some(({ kind, state }) => kind === "checkout" && state !== "failed"),
    isLookingForCart: isLookingForCart && !isSignedIn(),
    isSignedIn: isSignedIn(),
    nameOf,
    preview: previewed(),
    problems: changes.problems,
    products,
  };
  showShelf(shop, add);
  showCart(shop, { set, retry, dismiss: (problem) => changes.dismiss(problem) });
  showCustomer();
}

function previewed() {
  return preview(sync.cart ?? NOTHING, changes.list, products);
}

function showCustomer() {
  accounts.panel.hidden = isSignedIn();
  for (const id of ["greeting", "sign-out", "customer"]) $(id).hidden = !isSignedIn();
  if (!session.customer || !isSignedIn()) return;
  const { name } = session.customer;
  say($("customer"), name);
  say($("greeting"), text("greeting", { name }));
}

/** @param {Connection} connection */
function showConnection(connection) {
  // Until the customer signs in again, that is what there is to say.
  if (!hasEnded) showBanner(connection);
}

function isSignedIn() {
  return Boolean(session.customer) && !hasEnded;
}

/** @type {(sku?: string) => string} */
const nameOf = (sku = "") => products.get(sku)?.name ?? sku;

// What the customer does

/**
 * @param {string} sku
 * @param {number} quantity
 */
function add(sku, quantity) {
  hasOrdered = false;
  changes.add(...addsOf({ sku, quantity }));
  send();
}

/**
 * Have this many of a product in the cart; 0 removes it.
 *
 * @param {string} sku
 * @param {number} quantity
 */
function set(sku, quantity) {
  const before = previewed().items.find((item) => item.sku === sku)?.quantity ?? 0;
  if (quantity > before) add(sku, quantity - before);
  if (quantity >= before) return;
  changes.lower(sku, quantity);
  send();
}

function checkOut() {
  if (!isSignedIn()) {
    askToSignIn();
    return;
  }
  $("cart-title").focus();
  changes.add({ kind: "checkout" });
  send();
}

/** @param {Change} problem */
function retry(problem) {
  changes.retry(problem);
  send();
}

function send() {
  if (!hasEnded) sync.start();
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

/** Begin with the cart of whoever is here: the customer's, or else a guest's. */
function enter() {
  const { id = GUEST } = session.customer ?? {};
  changes = new Changes(sessionStorage, id, show);
  sync?.stop();
  sync = new Sync(id === GUEST ? guest.call : session.call, changes, reports);
  hasEnded = hasOrdered = false;
  showBanner({ kind: "fine" });
  sync.start();
  reminders.show(id === GUEST ? null : session.call);
  show();
}

/** @param {Tokens} tokens */
function signIn(tokens) {
  const before = changes;
  const { items } = sync.cart ?? NOTHING;
  const isAboutCart = isLookingForCart || previewed().items.length > 0;
  isLookingForCart = false;
  session.open(tokens);
  enter();
  if (before.owner === GUEST) {
    changes.adopt(before, guest.token, items);
    guest.forget();
    sync.start();
  }
  if (isAboutCart) goToCart();
  else $("welcome-title").focus();
  announce(text("signed_in", { ...session.customer }));
}

function signOut() {
  accounts.signOut(session.refreshToken);
  session.close();
  enter();
  $("welcome-title").focus();
  announce(text("signed_out"));
}

// What the server says

/** @type {Reports} */
const reports = {
  connection: showConnection,
  cart: show,
  done(settled) {
    hasOrdered = settled.kind === "checkout";
    announce(doneWords(settled, nameOf(settled.sku)));
    show();
  },
  failed(settled) {
    announce(failedWords(settled, nameOf(settled.sku)));
  },
  unconfirmed: () => showBanner({ kind: "unconfirmed" }, text("look_again"), () => sync.lookAgain()),
  gaveUp: () => showBanner({ kind: "gaveUp" }, text("try_again"), () => sync.lookAgain()),
  guestLost() {
    const { items } = sync.cart ?? NOTHING;
    guest.forget();
    if (!isSignedIn()) sync.cart = NOTHING;
    changes.rescue(isSignedIn() ? [] : items);
    sync.lookAgain();
  },
  ended() {
    hasEnded = true;
    reminders.show(null);
    showBanner({ kind: "ended" }, text("sign_in"), askToSignIn);
    show();
  },
};

// How it begins

async function open() {
  try {
    const [shelf, config] = await Promise.all([ask("products"), ask("storefront/config.json")]);
    for (const product of shelf.products) products.set(product.sku, product);
    say($("shelf-state"), "");
    offerSignIn(config);
    offerSearch(products.size);
  } catch {
    showBanner({ kind: "gaveUp" }, text("try_again"), open);
  }
}

/** @param {string} path */
function ask(path) {
  return patiently(() => call("GET", path), showConnection);
}

/** @param {{stage: string, region: string, user_pool_client_id: string}} config */
function offerSignIn({ stage, region, user_pool_client_id: client }) {
  const isLocal = stage === "local";
  accounts = isLocal ? new DemoSignIn(signIn) : new CognitoSignIn(new Cognito(region, client), signIn);
  session = new Session(sessionStorage, accounts.renew);
  $("console-hint").hidden = !isLocal;
  enter();
  // The browser went there before there was anything to go past.
  if (isLookingForCart) goToCart();
  if (isSignedIn()) isLookingForCart = false;
}

$("cart-sign-in").addEventListener("click", askToSignIn);
$("check-out").addEventListener("click", checkOut);
$("sign-out").addEventListener("click", signOut);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && !hasEnded) sync?.lookAgain();
});
open();
