/** Waiting: how long, for what, and how many times. */

const ATTEMPTS = 6;
const SHORTEST = 500;
const LONGEST = 15_000;
const SLOW_AFTER = 3_000;

/** A wait that somebody may cut short. */
export class Pause {
  end = () => {};

  /**
   * Wait this many milliseconds, or until `end()` is called.
   *
   * @param {number} milliseconds
   * @returns {Promise<void>}
   */
  for(milliseconds) {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.end = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}

/**
 * Run an operation that is safe to repeat until it succeeds or fails for good.
 *
 * Temporary errors are tried again, with growing, randomised delays and never before the server's
 * Retry-After. Without a network it waits for one, however long that takes. `report` is called
 * with a kind of connection that words.js knows.
 *
 * @template Result
 * @param {() => Promise<Result>} operation
 * @param {ReportConnection} report
 */
export async function patiently(operation, report) {
  for (let attempt = 1; ; attempt += 1) {
    const slow = setTimeout(report, SLOW_AFTER, { kind: "slow" });
    try {
      const result = await operation();
      report({ kind: "fine" });
      return result;
    } catch (error) {
      if (!error.isTemporary) report({ kind: "fine" });
      if (!error.isTemporary || attempt === ATTEMPTS) throw error;
      clearTimeout(slow);
      if (navigator.onLine) await waitAfter(error, attempt, report);
      else {
        attempt = 0;
        await waitForNetwork(report);
      }
    } finally {
      clearTimeout(slow);
    }
  }
}

/**
 * @param {Failure} error
 * @param {number} attempt
 * @param {ReportConnection} report
 */
function waitAfter(error, attempt, report) {
  const growing = Math.min(SHORTEST * 2 ** attempt, LONGEST);
  const delay = Math.max(error.retryAfter ?? 0, growing / 2) + (Math.random() * growing) / 2;
  report({ kind: error.status ? "busy" : "unreachable", seconds: Math.ceil(delay / 1000) });
  return new Pause().for(delay);
}

/** @param {ReportConnection} report */
function waitForNetwork(report) {
  report({ kind: "offline" });
  return new Promise((resolve) => addEventListener("online", resolve, { once: true }));
}
