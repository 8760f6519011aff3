/** The architecture as a drawing that shows what happens in it. */

import { say } from "./dom.js";
import { journeyOf } from "./journey.js";
import { Dots } from "./motion.js";
import { counted } from "./words.js";

/**
 * @typedef {import("./feed.js").Hop} Hop
 * @typedef {import("./feed.js").State} State
 * @typedef {import("./journey.js").Leg} Leg
 * @typedef {import("./map.js").Facts} Facts
 * @typedef {import("./map.js").Layout} Layout
 */

const SVG = "http://www.w3.org/2000/svg";
const LIT = 900;
const NOUNS = new Set(["event", "run", "write", "line", "mail"]);
/** How many letters of a name a box has room for. */
const ROOM = 19;

export class Diagram {
  /** @type {State} */
  #state = {
    now: "",
    counts: {},
    faults: {},
    queues: {},
    schedules: { total: 0, next: [] },
    inbox: { total: 0, latest: [] },
  };
  /** @type {Hop[]} */
  #followed = [];
  /** @type {Map<Element, number>} */
  #fading = new Map();

  /**
   * @param {HTMLElement} container
   * @param {import("./map.js").Architecture} map
   */
  constructor(container, map) {
    this.container = container;
    this.map = map;
    const isWide = matchMedia("(min-width: 52rem)");
    const layoutNow = () => (isWide.matches ? map.wide : map.narrow);
    this.layout = layoutNow();
    /** @type {Map<string, SVGPathElement>} */
    this.paths = new Map();
    /** @type {Map<string, SVGGElement>} */
    this.places = new Map();
    this.svg = make("svg", {});
    this.dots = new Dots(make("g", {}));
    this.#draw();
    isWide.addEventListener("change", () => {
      this.layout = layoutNow();
      this.#draw();
    });
  }

  /** @param {Partial<State>} changes */
  show(changes) {
    const before = this.#state;
    this.#state = { ...before, ...changes };
    for (const [id, place] of Object.entries(this.map.places)) {
      this.#showPlace(id, this.map.factsOf(id, this.#state));
      if (place.kind === "dead_letters" && changes.queues) this.#showDeaths(id, before);
    }
  }

  /**
   * Let a hop be seen where it happens.
   *
   * @param {Hop} hop
   */
  travel(hop) {
    const { place, legs } = journeyOf(hop, this.map);
    for (const leg of legs) this.#send(leg, hop.failed);
    if (place) this.#light(this.places.get(place), hop.failed);
  }

  /**
   * Mark the way of one request, given its hops; of none, nothing.
   *
   * @param {Hop[]} hops
   */
  follow(hops) {
    this.#followed = hops;
    const journeys = hops.map((hop) => journeyOf(hop, this.map));
    const paths = new Set(journeys.flatMap(({ legs }) => legs.map(({ path }) => path)));
    const places = new Set(journeys.map(({ place }) => place));
    for (const [id, path] of this.paths) path.classList.toggle("followed", paths.has(id));
    for (const [id, place] of this.places) place.classList.toggle("followed", places.has(id));
    this.svg.classList.toggle("tracing", hops.length > 0);
  }

  /**
   * Show the way of one request as it went.
   *
   * @param {Hop[]} hops
   */
  retrace(hops) {
    this.dots.stop();
    for (const hop of hops) this.travel(hop);
  }

  /**
   * @param {string} id
   * @param {State} before
   */
  #showDeaths(id, before) {
    const [now, then] = [this.#state, before].map((state) => this.map.factsOf(id, state)?.number ?? 0);
    if (now > then)
      for (const { id: path } of this.map.paths.filter(({ end }) => end === id)) this.#send({ path }, true);
  }

  /**
   * @param {Leg} leg
   * @param {boolean} failed
   */
  #send(leg, failed) {
    const path = this.paths.get(leg.path);
    if (path) this.dots.send(path, { isBack: leg.isBack, failed }, () => this.#light(path, failed));
  }

  /**
   * @param {Element | undefined} element
   * @param {boolean} failed
   */
  #light(element, failed) {
    if (!element) return;
    clearTimeout(this.#fading.get(element));
    element.classList.add(failed ? "hurt" : "lit");
    this.#fading.set(
      element,
      setTimeout(() => element.classList.remove("hurt", "lit"), LIT),
    );
  }

  #draw() {
    const [width, height] = this.layout.size;
    this.svg = make("svg", { viewBox: `0 0 ${width} ${height}`, role: "group", "aria-labelledby": "diagram-title" });
    this.paths = new Map(Object.entries(this.layout.paths).map(([id, line]) => [id, this.#pathOf(id, line)]));
    this.places = new Map(Object.keys(this.map.places).map((id) => [id, this.#placeOf(id)]));
    const layer = make("g", { "aria-hidden": "true" });
    this.svg.append(arrowHead(), ...this.paths.values(), ...this.places.values(), layer);
    this.dots.stop();
    this.dots = new Dots(layer);
    this.container.replaceChildren(this.svg);
    this.show({});
    this.follow(this.#followed);
  }

  /**
   * @param {string} id
   * @param {string} line
   */
  #pathOf(id, line) {
    const path = make("path", { d: line, class: "path" });
    const rules = this.map.paths.find((one) => one.id === id)?.rules ?? [];
    if (rules.length) path.append(make("title", {}, rules.join(", ")));
    return path;
  }

  /** @param {string} id */
  #placeOf(id) {
    if (id in this.layout.bars) return this.#barOf(id);
    const { name, kind, service } = this.map.places[id];
    const [width, height] = this.layout.box;
    const [x, y] = this.layout.places[id];
    const [left, right] = [12 - width / 2, width / 2 - 12];
    const place = make("g", { class: `place ${kind}`, role: "img", transform: `translate(${x} ${y})` });
    /** @type {Record<string, string | number>} */
    const squeezed = name.length > ROOM ? { textLength: width - 24, lengthAdjust: "spacingAndGlyphs" } : {};
    place.append(
      make("rect", { x: -width / 2, y: -height / 2, width, height, rx: 10 }),
      make("text", { class: "name", x: left, y: -4, ...squeezed }, name),
      make("text", { class: "kind", x: left, y: 14 }, service),
      make("text", { class: "count", x: right, y: 14 }),
      make("rect", { class: "trouble", y: -height / 2 - 9, height: 18, rx: 9 }),
      make("text", { class: "trouble", x: width / 2 - 12, y: -height / 2 + 4 }),
    );
    return place;
  }

  /** @param {string} id */
  #barOf(id) {
    const [x, y, width, height] = this.layout.bars[id];
    const place = make("g", { class: "place bar", role: "img" });
    const label = { x: 0, y: 0, transform: `translate(${x + width / 2 + 5} ${y + height / 2}) rotate(-90)` };
    place.append(
      make("rect", { x, y, width, height, rx: 10 }),
      make("text", { class: "name", ...label }, this.map.places[id].name),
      make("text", { class: "count", x: x + width / 2, y: y + 22 }),
    );
    return place;
  }

  /**
   * @param {string} id
   * @param {Facts | undefined} facts
   */
  #showPlace(id, facts) {
    const { name, service } = this.map.places[id];
    const place = this.places.get(id);
    if (!place) return;
    const { number, unit, trouble = "" } = facts ?? { number: 0, unit: "" };
    const said = facts ? countOf(number, unit) : "";
    place.setAttribute("aria-label", [`${name}, ${service}`, said, trouble].filter(Boolean).join(": "));
    say(/** @type {Element} */ (place.querySelector(".count")), id in this.layout.bars ? String(number) : said);
    place.classList.toggle("troubled", trouble !== "");
    const label = /** @type {SVGTextElement | null} */ (place.querySelector("text.trouble"));
    if (label && label.textContent !== trouble) this.#showTrouble(place, label, trouble);
  }

  /**
   * @param {Element} place
   * @param {SVGTextElement} label
   * @param {string} trouble
   */
  #showTrouble(place, label, trouble) {
    label.textContent = trouble;
    const width = trouble ? label.getComputedTextLength() + 16 : 0;
    const pill = place.querySelector("rect.trouble");
    pill?.setAttribute("width", String(width));
    pill?.setAttribute("x", String(this.layout.box[0] / 2 - 4 - width));
  }
}

/**
 * @param {number} number
 * @param {string} unit
 */
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

/**
 * @template {keyof SVGElementTagNameMap} Name
 * @param {Name} name
 * @param {Record<string, string | number>} attributes
 * @param {string} [text]
 */
function make(name, attributes, text) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, String(value));
  if (text) element.textContent = text;
  return /** @type {SVGElementTagNameMap[Name]} */ (element);
}
