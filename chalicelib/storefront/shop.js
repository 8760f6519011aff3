/** The shop page's beginning: it joins the parts and says what each click does. */

import { CognitoSignIn, DemoSignIn } from "./account.js";
import { call } from "./api.js";
import { Changes, preview } from "./changes.js";
import { Cognito } from "./cognito.js";
import { patiently } from "./patience.js";
import { Session } from "./session.js";
import { Sync } from "./sync.js";
import { $, announce, say, showBanner, showCart, showShelf } from "./view.js";
import { doneWords, failedWords } from "./words.js";

const GUEST = "guest";
const EMPTY = { items: [], total: 0, currency: "EUR" };

const storage = sessionStorage;
const products = new Map();
let currency = EMPTY.currency;
let changes = new Changes(storage, GUEST, show);
let accounts, session, sync;
let hasEnded = false;
let hasOrdered = false;

// What can be seen

function show() {
  const cart = sync?.cart ?? { ...EMPTY, currency };
  const shop = {
    cart: sync?.cart,
    changes: changes.list,
    currency,
    hasOrdered,
    isKnown: Boolean(sync?.cart),
    isOrdering: changes.list.some(({ kind, state }) => kind === "checkout" && state !== "failed"),
    isSignedIn: isSignedIn(),
    nameOf,
    preview: preview(cart, changes.list, products),
    products,
  };
  showShelf(shop, add);
  showCart(shop, { add, remove, again, dismiss });
  showCustomer();
}

function showCustomer() {
  if (accounts) accounts.panel.hidden = isSignedIn();
  $("hello").hidden = $("sign-out").hidden = $("customer").hidden = !isSignedIn();
  if (!isSignedIn()) return;
  const { name } = session.customer;
  say($("customer"), name);
  say($("greeting"), `Welcome, ${name}. Put something in your cart and forget it: a mail will remind you.`);
}

function showConnection(connection) {
  // Until the customer signs in again, that is what there is to say.
  if (!hasEnded) showBanner(connection);
}

function isSignedIn() {
  return sync !== undefined && !hasEnded;
}

function nameOf(sku) {
  return products.get(sku)?.name ?? sku;
}

// What the customer does

function add(sku, quantity) {
  hasOrdered = false;
  change({ kind: "add", sku, quantity });
  if (!isSignedIn()) askToSignIn();
}

function remove(sku) {
  change({ kind: "remove", sku });
}

function checkOut() {
  if (!isSignedIn()) {
    askToSignIn();
    return;
  }
  $("cart-title").focus();
  change({ kind: "checkout" });
}

function change(wish) {
  changes.add(wish);
  if (isSignedIn()) sync.start();
}

/** Try a failed change again, with its key: should it be done after all, it counts once. */
function again(failed) {
  changes.update(failed, { state: "queued", requestId: undefined, error: undefined });
  if (isSignedIn()) sync.start();
}

function dismiss(failed) {
  changes.drop(failed);
}

function askToSignIn() {
  accounts?.panel.scrollIntoView({ block: "center" });
  accounts?.panel.querySelector("input:enabled, button")?.focus({ preventScroll: true });
  announce("Sign in, and it is in your cart.");
}

// Who the customer is

function enter() {
  const { id } = session.customer;
  const before = changes;
  changes = new Changes(storage, id, show);
  if (before.owner === GUEST) changes.adopt(before);
  sync?.stop();
  sync = new Sync((...request) => session.call(...request), changes, reports);
  hasEnded = false;
  showBanner({ kind: "fine" });
  sync.start();
  show();
}

function signIn(tokens) {
  session.open(tokens);
  hasOrdered = false;
  const target = changes.list.length ? $("cart-title") : $("welcome-title");
  enter();
  target.focus();
  announce(`You are signed in as ${session.customer.name}.`);
}

function signOut() {
  accounts.signOut(session.refreshToken);
  session.close();
  sync.stop();
  sync = undefined;
  changes = new Changes(storage, GUEST, show);
  showBanner({ kind: "fine" });
  show();
  $("welcome-title").focus();
  announce("You are signed out.");
}

// What the server says

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
  unconfirmed() {
    showBanner({ kind: "unconfirmed" }, { label: "Look again", act: () => sync.lookAgain() });
  },
  gaveUp() {
    showBanner({ kind: "gaveUp" }, { label: "Try again", act: () => sync.lookAgain() });
  },
  ended() {
    hasEnded = true;
    showBanner({ kind: "ended" }, { label: "Sign in", act: askToSignIn });
    show();
  },
};

// How it begins

async function open() {
  try {
    const [shelf, config] = await Promise.all([ask("products"), ask("storefront/config.json")]);
    currency = shelf.currency;
    for (const product of shelf.products) products.set(product.sku, product);
    $("shelf-state").hidden = true;
    offerSignIn(config);
  } catch {
    showBanner({ kind: "gaveUp" }, { label: "Try again", act: open });
  }
}

function ask(path) {
  return patiently(() => call("GET", path), showConnection);
}

function offerSignIn({ stage, region, user_pool_client_id: client }) {
  const isLocal = stage === "local";
  accounts = isLocal ? new DemoSignIn(signIn) : new CognitoSignIn(new Cognito(region, client), signIn);
  session = new Session(storage, accounts.renew);
  $("console-hint").hidden = !isLocal;
  if (session.customer) enter();
  else show();
}

$("check-out").addEventListener("click", checkOut);
$("sign-out").addEventListener("click", signOut);
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && isSignedIn()) sync.lookAgain();
});
open();
