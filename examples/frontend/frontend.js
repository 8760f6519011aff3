/** A page of your own with the shop's cart: cart-client.js does the work, this shows it. */

// Copy that file to your project; it needs no other.
import { CartClient } from "../../chalicelib/storefront/cart-client.js";

const url = new URLSearchParams(location.search).get("api") ?? "http://127.0.0.1:8000/";
const $ = (id) => document.getElementById(id);

let client = new CartClient({
  url,
  language: "en",
  on: {
    change: show,
    connection: ({ kind }) => say("connection", kind === "fine" ? "" : `Connection: ${kind}.`),
    done: ({ kind }) => say("news", `Done: ${kind}.`),
    failed: ({ kind, error }) => say("news", `Failed: ${kind}. ${error.message ?? error.code}`),
  },
});

function say(id, words) {
  $(id).textContent = words;
}

function show() {
  const { cart, order, products } = client;
  $("products").replaceChildren(
    ...[...products.values()].map(({ sku, name, unit_price }) =>
      row(`${name}, ${money(unit_price)}`, ["Add", () => client.add(sku)]),
    ),
  );
  $("lines").replaceChildren(
    ...cart.items.map(({ sku, name, quantity }) =>
      row(
        `${quantity} × ${name}`,
        ["One less", () => client.set(sku, quantity - 1)],
        ["Remove", () => client.remove(sku)],
      ),
    ),
  );
  say("total", money(cart.total));
  $("order").disabled = !cart.items.length;
  if (order) say("news", `Order ${order.order_id}: ${order.status}.`);
}

function row(words, ...buttons) {
  const item = document.createElement("li");
  item.append(`${words} `);
  for (const [label, act] of buttons) {
    const button = document.createElement("button");
    button.textContent = label;
    button.addEventListener("click", act);
    item.append(button, " ");
  }
  return item;
}

function money(amount) {
  return new Intl.NumberFormat("en", { style: "currency", currency: "EUR" }).format(amount / 100);
}

// On AWS the token comes from the identity provider; the local cloud has a route of its own.
async function signIn() {
  const body = JSON.stringify({ email: "ada@example.com", name: "Ada" });
  const answer = await fetch(`${url}_local/sign-in`, { method: "POST", body });
  const { id_token: token } = await answer.json();
  const { sub: id } = JSON.parse(atob(token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
  client = client.signIn({ id, token: () => token });
  say("who", "You are Ada.");
  $("sign").hidden = true;
  show();
}

$("sign").addEventListener("click", signIn);
$("order").addEventListener("click", () => client.placeOrder(client.seen));
await client.loadProducts();
client.start();
show();
