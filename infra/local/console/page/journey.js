/** Which places and paths of the architecture a hop concerns. */

/**
 * @typedef {{path: string, isBack?: boolean}} Leg a path, travelled back if so said
 * @typedef {{place?: string, legs: Leg[]}} Journey
 */

const OF_RULES = {
  "persist-cart": "bus-persist",
  "schedule-reminder": "bus-schedule",
  "queue-reminder": "bus-queue",
  "record-success": "bus-success",
  "record-failure": "bus-failure",
  "record-rejection": "bus-failure",
  "cart-local-mail-feedback": "inbox-suppress",
};

const OF_RESULTS = { persist_cart: "persist-bus", schedule_reminder: "schedule-bus" };

const NOWHERE = { legs: [] };

/** @returns {Journey} */
export function journeyOf(hop) {
  return (OF_KINDS[hop.kind] ?? (() => NOWHERE))(hop);
}

const OF_KINDS = {
  request: ({ outcome }) => (outcome === "202" ? go("api", "shop-api") : NOWHERE),
  event: (hop) => (hop.what.startsWith("Email ") ? go("inbox") : go("bus", ...pathsOfEvent(hop))),
  rule: ({ what }) => (OF_RULES[what] ? go(undefined, OF_RULES[what]) : NOWHERE),
  invoke: ({ what, failed }) => {
    const name = what.replace(/^cart-local-/, "");
    return name === "persist_cart" && !failed ? go(name, "persist-carts") : go(name);
  },
  schedule: ({ outcome }) => (outcome.startsWith("due") ? go("scheduler", "schedule-scheduler") : go("scheduler")),
  queue: ({ what, outcome }) => {
    if (what.includes("-dlq-")) return back(what);
    return outcome === "message received" ? go("queue", "queue-send") : go("queue");
  },
  mail: () => go("inbox", "send-inbox"),
};

function pathsOfEvent({ what, note, payload }) {
  if (note.startsWith("replay-")) return [{ path: "bus-archive", isBack: true }];
  if (what === "CartReminderDue") return ["scheduler-bus", "bus-archive"];
  if (!what.startsWith("Lambda Function Invocation Result")) return ["api-bus", "bus-archive"];
  const name = payload?.detail?.requestContext?.functionArn?.split(":")[6]?.replace(/^cart-local-/, "");
  return OF_RESULTS[name] ? [OF_RESULTS[name]] : [];
}

/** A dead-letter queue only tells of being redriven; what dies shows in its depth. */
function back(queue) {
  return queue.startsWith("cart-reminders") ? go("dlq", { path: "queue-dlq", isBack: true }) : go("other_dlqs");
}

function go(place, ...legs) {
  return { place, legs: legs.map((leg) => (typeof leg === "string" ? { path: leg } : leg)) };
}
