/** Shows what is about to be ordered, and what became of the last order. */

import { $, part, say, showList } from "./view.js";
import { money, named, orderWords, text } from "./words.js";

/**
 * @param {HTMLElement} list
 * @param {{sku: string, quantity: number, unit_price: number}[]} lines
 * @param {(sku: string) => string} nameOf
 */
export function showSummary(list, lines, nameOf) {
  showList(
    list,
    "ordered",
    lines,
    ({ sku }) => sku,
    (element, { sku, quantity, unit_price: price }) => {
      say(part(element, "span"), text("ordered", { count: quantity, name: named(nameOf(sku)) }));
      say(part(element, ".subtotal"), money(price * quantity));
    },
    () => {},
  );
}

/**
 * Show in the check-out what will be sent as seen.
 *
 * @param {import("./cart-client.js").Seen} seen
 * @param {(sku: string) => string} nameOf
 */
export function showCheckout({ lines, total }, nameOf) {
  showSummary($("checkout-lines"), lines, nameOf);
  say($("checkout-total"), money(total));
}

/**
 * Show the order that is being placed, or that was placed last.
 *
 * @param {Shop} shop
 */
export function showOrder({ changes, order, paymentPage, nameOf }) {
  const asked = changes.find(({ kind, state }) => kind === "order" && state !== "failed")?.seen;
  const placing = asked ?? (order?.status === "requested" ? order : undefined);
  const isOpen = order?.status === "awaiting_payment";
  $("order").hidden = !placing && !order;
  $("order").ariaBusy = String(Boolean(placing));
  const number = order && !placing ? text("order_number", { number: order.order_id }) : "";
  say($("order-number"), number);
  say($("order-state"), placing ? text("ordering") : order ? orderWords(order) : "");
  /** @type {(sku: string) => string} */
  const ordered = (sku) => order?.lines.find((line) => line.sku === sku)?.name ?? nameOf(sku);
  showSummary($("order-lines"), placing?.lines ?? order?.lines ?? [], asked ? nameOf : ordered);
  const pay = /** @type {HTMLAnchorElement} */ ($("pay"));
  pay.hidden = !isOpen || !paymentPage || Boolean(placing);
  if (isOpen && paymentPage) {
    pay.href = paymentPage + order.order_id;
    say(pay, text("pay", { total: money(order.total) }));
  }
  $("order-close").hidden = Boolean(placing) || isOpen;
}
