/** The architecture as a drawing that shows what happens in it. */

import { say } from "./dom.js";
import { journeyOf } from "./journey.js";
import { NARROW, PLACES, WIDE } from "./map.js";
import { Dots } from "./motion.js";
import { counted } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const LIT = 900;
const NOUNS = new Set(["event", "run", "write", "mail"]);

export class Diagram {
  #state = { counts: {}, queues: {}, schedules: { total: 0 }, inbox: { total: 0 } };
  #followed = [];
  #fading = new Map();

  /** @param {HTMLElement} container */
  constructor(container) {
    this.container = container;
    const isWide = matchMedia("(min-width: 52rem)");
    isWide.addEventListener("change", () => this.#draw(isWide.matches ? WIDE : NARROW));
    this.#draw(isWide.matches ? WIDE : NARROW);
  }

  /** @param {Partial<import("./map.js").State>} changes */
  show(changes) {
    const before = this.#state;
    this.#state = { ...before, ...changes };
    for (const [id, { name, kind, facts }] of Object.entries(PLACES)) {
      this.#showPlace(id, name, kind, facts(this.#state));
    }
    const died = PLACES.dlq.facts(this.#state).number > PLACES.dlq.facts(before).number;
    if (died && changes.queues) this.#send({ path: "queue-dlq" }, true);
  }

  /** Let a hop be seen where it happens. */
  travel(hop) {
    const { place, legs } = journeyOf(hop);
    for (const leg of legs) this.#send(leg, hop.failed);
    if (place) this.#light(this.places.get(place), hop.failed);
  }

  /** Mark the way of one request, given its hops; of none, nothing. */
  follow(hops) {
    this.#followed = hops;
    const journeys = hops.map(journeyOf);
    const paths = new Set(journeys.flatMap(({ legs }) => legs.map(({ path }) => path)));
    const places = new Set(journeys.map(({ place }) => place));
    for (const [id, path] of this.paths) path.classList.toggle("followed", paths.has(id));
    for (const [id, place] of this.places) place.classList.toggle("followed", places.has(id));
    this.svg.classList.toggle("tracing", hops.length > 0);
  }

  /** Show the way of one request as it went. */
  retrace(hops) {
    this.dots.stop();
    for (const hop of hops) this.travel(hop);
  }

  #send(leg, failed) {
    const path = this.paths.get(leg.path);
    this.dots.send(path, { isBack: leg.isBack, failed }, () => this.#light(path, failed));
  }

  #light(element, failed) {
    if (!element) return;
    clearTimeout(this.#fading.get(element));
    element.classList.add(failed ? "hurt" : "lit");
    this.#fading.set(element, setTimeout(() => element.classList.remove("hurt", "lit"), LIT));
  }

  #draw(layout) {
    this.layout = layout;
    const [width, height] = layout.size;
    this.svg = make("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-labelledby": "diagram-title" });
    this.paths = new Map(Object.entries(layout.paths).map(([id, d]) => [id, make("path", { d, class: "path" })]));
    this.places = new Map(Object.keys(PLACES).map((id) => [id, this.#placeOf(id)]));
    const layer = make("g", { "aria-hidden": "true" });
    this.svg.append(arrowHead(), ...this.paths.values(), ...this.places.values(), layer);
    this.dots?.stop();
    this.dots = new Dots(layer);
    this.container.replaceChildren(this.svg);
    this.show({});
    this.follow(this.#followed);
  }

  #placeOf(id) {
    const { name, kind } = PLACES[id];
    if (id === "bus") return this.#busOf(name);
    const [width, height] = this.layout.box;
    const [x, y] = this.layout.places[id];
    const [left, right] = [12 - width / 2, width / 2 - 12];
    const place = make("g", { class: "place", role: "img", transform: `translate(${x} ${y})` });
    place.append(
      make("rect", { x: -width / 2, y: -height / 2, width, height, rx: 10 }),
      make("text", { class: "name", x: left, y: -3 }, name),
      make("text", { class: "kind", x: left, y: 15 }, kind),
      make("text", { class: "count", x: right, y: 15 }),
      make("rect", { class: "trouble", y: -height / 2 - 9, height: 18, rx: 9 }),
      make("text", { class: "trouble", x: width / 2 - 12, y: -height / 2 + 4 }),
    );
    return place;
  }

  #busOf(name) {
    const { x, y, width, height } = this.layout.bus;
    const place = make("g", { class: "place bus", role: "img" });
    const label = { x: 0, y: 0, transform: `translate(${x + width / 2 + 5} ${y + height / 2}) rotate(-90)` };
    place.append(
      make("rect", { x, y, width, height, rx: 10 }),
      make("text", { class: "name", ...label }, name),
      make("text", { class: "count", x: x + width / 2, y: y + 22 }),
    );
    return place;
  }

  #showPlace(id, name, kind, facts) {
    const place = this.places.get(id);
    const { number, unit, trouble = "" } = facts ?? {};
    const said = facts ? countOf(number, unit) : "";
    const words = [`${name}, ${kind}`, said, trouble].filter(Boolean);
    place.setAttribute("aria-label", words.join(": "));
    say(place.querySelector(".count"), id === "bus" ? String(number) : said);
    place.classList.toggle("troubled", trouble !== "");
    const label = place.querySelector("text.trouble");
    if (label && label.textContent !== trouble) this.#showTrouble(place, label, trouble);
  }

  #showTrouble(place, label, trouble) {
    label.textContent = trouble;
    const width = trouble ? label.getComputedTextLength() + 16 : 0;
    const pill = place.querySelector("rect.trouble");
    pill.setAttribute("width", width);
    pill.setAttribute("x", this.layout.box[0] / 2 - 4 - width);
  }
}

function countOf(number, unit) {
  return NOUNS.has(unit) ? counted(number, unit) : `${number} ${unit}`;
}

function arrowHead() {
  const marker = make("marker", {
    id: "arrow",
    viewBox: "0 0 8 8",
    refX: 7,
    refY: 4,
    markerUnits: "userSpaceOnUse",
    markerWidth: 11,
    markerHeight: 11,
    orient: "auto",
  });
  marker.append(make("path", { d: "M0 0L8 4L0 8z" }));
  const definitions = make("defs", {});
  definitions.append(marker);
  return definitions;
}

function make(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text) element.textContent = text;
  return element;
}
