/** The architecture: its places, the paths between them, and where both are drawn. */

import { depth, isDlq, REMINDERS_DLQ } from "./queues.js";

/**
 * @typedef {{counts: Record<string, number>, queues: object, schedules: object, inbox: object}} State
 * @typedef {{number: number, unit: string, trouble?: string}} Facts what there is to say of a place:
 *   how many of what, a noun in the singular or else an adjective
 */

/** @type {Record<string, {name: string, kind: string, facts: (state: State) => Facts | undefined}>} */
export const PLACES = {
  shop: { name: "Shop", kind: "browser", facts: () => undefined },
  api: { name: "API", kind: "Lambda", facts: requests },
  bus: { name: "Event bus", kind: "EventBridge", facts: events },
  archive: { name: "Archive", kind: "EventBridge", facts: archived },
  persist_cart: { name: "persist_cart", kind: "Lambda", facts: runsOf("persist_cart") },
  carts: { name: "Carts", kind: "DynamoDB", facts: written },
  schedule_reminder: { name: "schedule_reminder", kind: "Lambda", facts: runsOf("schedule_reminder") },
  scheduler: { name: "Reminders", kind: "Scheduler", facts: waiting },
  queue: { name: "cart-reminders", kind: "SQS", facts: queued },
  send_reminder: { name: "send_reminder", kind: "Lambda", facts: runsOf("send_reminder") },
  suppress_address: { name: "suppress_address", kind: "Lambda", facts: runsOf("suppress_address") },
  inbox: { name: "Customer", kind: "SES", facts: mailed },
  dlq: { name: "Dead reminders", kind: "SQS", facts: deadReminders },
  other_dlqs: { name: "Other dead letters", kind: "SQS", facts: otherDead },
  record_success: { name: "record_success", kind: "Lambda", facts: runsOf("record_success") },
  record_failure: { name: "record_failure", kind: "Lambda", facts: runsOf("record_failure") },
};

/** The size of the drawing, of a place's box, and the centre of each place; the bus is a bar. */
export const WIDE = {
  size: [1044, 432],
  box: [180, 52],
  bus: { x: 230, y: 8, width: 40, height: 416 },
  places: {
    shop: [94, 44],
    api: [94, 134],
    archive: [94, 394],
    persist_cart: [422, 44],
    schedule_reminder: [422, 134],
    queue: [422, 224],
    record_success: [422, 314],
    record_failure: [422, 394],
    carts: [686, 44],
    scheduler: [686, 134],
    send_reminder: [686, 224],
    dlq: [686, 314],
    suppress_address: [950, 134],
    inbox: [950, 224],
    other_dlqs: [950, 314],
  },
  paths: {
    "shop-api": "M94 70V108",
    "api-bus": "M184 134H230",
    "bus-archive": "M230 394H184",
    "bus-persist": "M270 36H332",
    "persist-bus": "M332 52H270",
    "persist-carts": "M512 44H596",
    "bus-schedule": "M270 126H332",
    "schedule-bus": "M332 142H270",
    "schedule-scheduler": "M512 134H596",
    "scheduler-bus": "M686 160V179H270",
    "bus-queue": "M270 224H332",
    "queue-send": "M512 216H596",
    "queue-dlq": "M512 236H554V314H596",
    "send-inbox": "M776 224H860",
    "inbox-suppress": "M950 198V160",
    "bus-success": "M270 314H332",
    "bus-failure": "M270 394H332",
  },
};

export const NARROW = {
  size: [320, 932],
  box: [234, 44],
  bus: { x: 4, y: 58, width: 30, height: 812 },
  places: {
    shop: [181, 24],
    api: [181, 84],
    persist_cart: [181, 152],
    carts: [181, 212],
    schedule_reminder: [181, 280],
    scheduler: [181, 340],
    queue: [181, 408],
    send_reminder: [181, 468],
    inbox: [181, 528],
    suppress_address: [181, 588],
    dlq: [181, 648],
    record_success: [181, 716],
    record_failure: [181, 776],
    archive: [181, 844],
    other_dlqs: [181, 908],
  },
  paths: {
    "shop-api": "M181 46V62",
    "api-bus": "M64 84H34",
    "bus-persist": "M34 144H64",
    "persist-bus": "M64 160H34",
    "persist-carts": "M181 174V190",
    "bus-schedule": "M34 272H64",
    "schedule-bus": "M64 288H34",
    "schedule-scheduler": "M181 302V318",
    "scheduler-bus": "M64 340H34",
    "bus-queue": "M34 408H64",
    "queue-send": "M181 430V446",
    "queue-dlq": "M298 408H311V648H298",
    "send-inbox": "M181 490V506",
    "inbox-suppress": "M181 550V566",
    "bus-success": "M34 716H64",
    "bus-failure": "M34 776H64",
    "bus-archive": "M34 844H64",
  },
};

const FROM_CUSTOMERS = ["ItemAddedToCart", "ItemRemovedFromCart", "CartCheckedOut"];

function requests({ counts }) {
  const failed = Object.entries(counts).filter(([key]) => /^request\/5\d\d$/.test(key));
  const number = failed.reduce((sum, [, count]) => sum + count, 0);
  return { number: counts["request/202"] ?? 0, unit: "accepted", trouble: number ? `${number} failed` : "" };
}

/** What SES tells of mails is on another bus, the account's default one. */
function events({ counts }) {
  const number = Object.entries(counts)
    .filter(([key]) => /^event\/(?!Email)[^/]+$/.test(key))
    .reduce((sum, [, count]) => sum + count, 0);
  return { number, unit: "event" };
}

function archived({ counts }) {
  const kept = [...FROM_CUSTOMERS, "CartReminderDue"].map((type) => counts[`event/${type}`] ?? 0);
  return { number: kept.reduce((sum, count) => sum + count), unit: "seen" };
}

function runsOf(name) {
  const key = `invoke/cart-local-${name}`;
  return ({ counts }) => {
    const trouble = ["failed", "retried"]
      .filter((what) => counts[`${key}/${what}`])
      .map((what) => `${counts[`${key}/${what}`]} ${what}`);
    return { number: counts[key] ?? 0, unit: "run", trouble: trouble.join(", ") };
  };
}

function written({ counts }) {
  const key = "invoke/cart-local-persist_cart";
  return { number: (counts[key] ?? 0) - (counts[`${key}/failed`] ?? 0), unit: "write" };
}

function waiting({ schedules }) {
  return { number: schedules.total, unit: "waiting" };
}

function queued({ queues }) {
  return { number: depth(queues["cart-reminders-local"]), unit: "waiting" };
}

function deadReminders({ queues }) {
  return dead(depth(queues[REMINDERS_DLQ]));
}

function otherDead({ queues }) {
  const others = Object.keys(queues).filter((name) => isDlq(name) && name !== REMINDERS_DLQ);
  return dead(others.reduce((sum, name) => sum + depth(queues[name]), 0));
}

function dead(number) {
  return { number, unit: "dead", trouble: number ? `${number} dead` : "" };
}

function mailed({ inbox }) {
  return { number: inbox.total, unit: "mail" };
}
