/** The console's beginning: it joins the parts. */

import { retry } from "./api.js";
import { Clock } from "./clock.js";
import { Diagram } from "./diagram.js";
import { $, announce, goTo, say } from "./dom.js";
import { failJob, offerFaults, showFaults } from "./faults.js";
import { listen } from "./feed.js";
import { Guide } from "./guide.js";
import { Inbox } from "./inbox.js";
import { Architecture } from "./map.js";
import { offerRepairs, showQueues } from "./queues.js";
import { Schedules } from "./schedules.js";
import { Timeline } from "./timeline.js";
import { Week } from "./week.js";

const diagram = new Diagram($("diagram"), await Architecture.load());
const timeline = new Timeline((hops, isNew) => {
  diagram.follow(hops);
  if (isNew) diagram.retrace(hops);
});
const inbox = new Inbox((messageId) => timeline.followMail(messageId));
const clock = new Clock(showProblem);
const schedules = new Schedules(clock);
const guide = new Guide(clock, inbox, showProblem);
const week = new Week(clock, showProblem);
offerFaults(showProblem);
offerRepairs(clock, showProblem);

/** What is there when the page opens is no news. */
let isNews = false;

listen({
  begin() {
    isNews = false;
    timeline.clear();
  },
  hops(hops) {
    timeline.add(hops);
    if (isNews && !timeline.followed) for (const hop of hops) diagram.travel(hop);
  },
  state(changes) {
    clock.set(changes.now);
    if (changes.schedules) schedules.show(changes.schedules);
    if (changes.faults) showFaults(changes.faults);
    if (changes.queues) showQueues(changes.queues);
    if (changes.inbox) inbox.show(changes.inbox, isNews);
    diagram.show(changes);
    guide.show(changes.inbox);
    week.show(changes);
    isNews = true;
  },
  connection(isOpen) {
    say($("connection"), isOpen ? "" : "The local cloud does not answer. Trying again …");
  },
});

setInterval(() => {
  clock.show();
  schedules.tick();
  guide.tick();
}, 1_000);

$("show-way").addEventListener("click", () => {
  goTo($("diagram-title"));
  diagram.retrace(timeline.story);
});

$("retry").addEventListener("click", () => {
  retry(timeline.followed).then(() => announce("The failed job is tried again."), showProblem);
});

$("fail-job").addEventListener("click", () => {
  failJob().then((requestId) => timeline.follow(requestId), showProblem);
});

document.addEventListener("click", () => say($("problem"), ""), { capture: true });

/** @param {Error} error */
function showProblem(error) {
  say($("problem"), error.message);
}
