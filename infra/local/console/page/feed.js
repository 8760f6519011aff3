/** What happens, as the local cloud tells it. */

/**
 * @typedef {object} Hop one thing that happened at one place
 * @property {string} at in ISO 8601
 * @property {string} kind
 * @property {string} what
 * @property {string} outcome
 * @property {string} ref
 * @property {string} note
 * @property {boolean} failed
 * @property {string} correlation_id
 * @property {string} function the function that did it, if one was running
 * @property {number | null} duration_ms
 * @property {any} payload
 *
 * @typedef {{visible: number, in_flight: number, delayed: number}} Queue
 * @typedef {{name: string, due_at: string | null, state: string}} Schedule
 * @typedef {{id: string, to: string[], subject: string, sent_at: string}} Mail
 * @typedef {object} State
 * @property {string} now in ISO 8601
 * @property {Record<string, number>} counts
 * @property {Record<string, number>} faults
 * @property {Record<string, Queue>} queues
 * @property {{total: number, next: Schedule[]}} schedules
 * @property {{total: number, latest: Mail[]}} inbox
 */

/**
 * Listen to the stream for as long as the page can be seen. A browser opens six connections to
 * one host at most: forgotten tabs must not take them from the shop.
 *
 * @param {{
 *   begin: () => void,
 *   hops: (hops: Hop[]) => void,
 *   state: (changes: Partial<State> & {now: string}) => void,
 *   connection: (isOpen: boolean) => void,
 * }} on `begin` is called when what follows does not continue what came before
 */
export function listen(on) {
  /** @type {EventSource} */
  let source;

  function open() {
    source = new EventSource("stream");
    source.addEventListener("open", () => on.connection(true));
    source.addEventListener("error", () => {
      on.connection(false);
      // It reconnects by itself, unless the answer was no stream.
      if (source.readyState === EventSource.CLOSED) setTimeout(reopen, 2_000, source);
    });
    source.addEventListener("start", ({ data }) => {
      if (!JSON.parse(data).resumed) on.begin();
    });
    source.addEventListener("hops", ({ data }) => on.hops(JSON.parse(data)));
    source.addEventListener("state", ({ data }) => on.state(JSON.parse(data)));
  }

  /** @param {EventSource} closed */
  function reopen(closed) {
    if (source === closed && !document.hidden) open();
  }

  document.addEventListener("visibilitychange", () => {
    source.close();
    if (!document.hidden) open();
  });
  addEventListener("pagehide", () => source.close());
  addEventListener("pageshow", ({ persisted }) => persisted && open());
  open();
}
