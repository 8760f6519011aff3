/** The schedules that wait, and how long. */

import { $, say, showList } from "./dom.js";
import { counted, duration, moment } from "./words.js";

export class Schedules {
  #shown = [];

  /** @param {import("./clock.js").Clock} clock */
  constructor(clock) {
    this.clock = clock;
    this.show({ total: 0, next: [] });
  }

  /** @param {{total: number, next: {name: string, due_at: string | null, state: string}[]}} schedules */
  show({ total, next }) {
    this.#shown = next.filter((schedule) => schedule.due_at);
    this.clock.nextDue = this.#shown.length ? Date.parse(this.#shown[0].due_at) : undefined;
    const none = "None. Each add to a cart makes one, due a day after the hour of the add.";
    say($("schedules-state"), total ? `${counted(total, "schedule")}. Each fires once.` : none);
    showList(
      $("schedules"),
      "schedule",
      this.#shown,
      ({ name }) => name,
      (element, { name, due_at: due }) => {
        say(element.querySelector(".what"), moment(new Date(due)));
        say(element.querySelector(".note"), name);
      },
    );
    this.tick();
  }

  /** Bring the countdowns up to date. */
  tick() {
    this.#shown.forEach(({ due_at: due }, index) => {
      const countdown = $("schedules").children[index].querySelector(".countdown");
      say(countdown, `in ${duration(Date.parse(due) - this.clock.now)}`);
    });
  }
}
