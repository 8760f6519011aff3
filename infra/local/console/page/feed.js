/** What happens, as the local cloud tells it. */

/**
 * Listen to the stream for as long as the page can be seen. A browser opens six connections to
 * one host at most: forgotten tabs must not take them from the shop.
 *
 * @param {{
 *   begin: () => void,
 *   hops: (hops: object[]) => void,
 *   state: (changes: object) => void,
 *   connection: (isOpen: boolean) => void,
 * }} on `begin` is called when what follows does not continue what came before
 */
export function listen(on) {
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
