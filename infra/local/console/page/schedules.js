/** The schedules that wait, and how long. */

import { $, part, say, showList } from "./dom.js";
import { counted, duration, moment } from "./words.js";

export class Schedules {
  /** @type {{name: string, due: number}[]} */
  #shown = [];

  /** @param {import("./clock.js").Clock} clock */
  constructor(clock) {
    this.clock = clock;
    this.show({ total: 0, next: [] });
  }

  /** @param {import("./feed.js").State["schedules"]} schedules */
  show({ total, next }) {
    this.#shown = next.flatMap(({ name, due_at: due }) => (due ? [{ name, due: Date.parse(due) }] : []));
    this.clock.nextDue = this.#shown[0]?.due;
    const none = "None. An add to a cart makes one, due a day after its coalescing window ends.";
    say($("schedules-state"), total ? `${counted(total, "schedule")}. Each fires once.` : none);
    showList(
      $("schedules"),
      "schedule",
      this.#shown,
      ({ name }) => name,
      (element, { name, due }) => {
        say(part(element, ".what"), moment(new Date(due)));
        say(part(element, ".note"), name);
      },
    );
    this.tick();
  }

  /** Bring the countdowns up to date. */
  tick() {
    this.#shown.forEach(({ due }, index) => {
      const countdown = part($("schedules").children[index], ".countdown");
      say(countdown, `in ${duration(due - this.clock.now)}`);
    });
  }
}
