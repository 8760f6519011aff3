/** Dots that travel along the paths of a drawing, one event each. */

import { wantsStillness } from "./dom.js";

const TRAVEL = 650;
const APART = 110;
const MOST_WAITING = 60;
const SVG = "http://www.w3.org/2000/svg";

/**
 * @typedef {{path: SVGPathElement, how: {isBack?: boolean, failed?: boolean}, onStart: () => void}} Departure
 * @typedef {{circle: SVGElement, path: SVGPathElement, isBack?: boolean, start: number, length: number}} Dot
 */

export class Dots {
  /** @type {Departure[]} */
  #waiting = [];
  /** @type {Dot[]} */
  #travelling = [];
  #isRunning = false;
  #nextStart = 0;

  /** @param {SVGGElement} layer what the dots are put in */
  constructor(layer) {
    this.layer = layer;
  }

  /**
   * Send a dot on its way, after those that wait; of a flood only the first are shown.
   *
   * @param {SVGPathElement} path
   * @param {{isBack?: boolean, failed?: boolean}} how
   * @param {() => void} onStart
   */
  send(path, how, onStart) {
    if (wantsStillness()) onStart();
    else if (this.#waiting.length < MOST_WAITING) {
      this.#waiting.push({ path, how, onStart });
      this.#run();
    }
  }

  /** Let nothing travel any more. */
  stop() {
    this.#waiting = [];
    this.#travelling = [];
    this.layer.replaceChildren();
  }

  #run() {
    if (this.#isRunning) return;
    this.#isRunning = true;
    requestAnimationFrame((now) => this.#frame(now));
  }

  /** @param {number} now */
  #frame(now) {
    const next = now >= this.#nextStart ? this.#waiting.shift() : undefined;
    if (next) {
      this.#start(next, now);
      this.#nextStart = now + APART;
    }
    this.#travelling = this.#travelling.filter((dot) => move(dot, now));
    this.#isRunning = this.#waiting.length + this.#travelling.length > 0;
    if (this.#isRunning) requestAnimationFrame((next) => this.#frame(next));
  }

  /**
   * @param {Departure} departure
   * @param {number} now
   */
  #start({ path, how, onStart }, now) {
    const circle = document.createElementNS(SVG, "circle");
    circle.setAttribute("r", "6");
    circle.setAttribute("class", how.failed ? "dot failed" : "dot");
    this.layer.append(circle);
    this.#travelling.push({ circle, path, isBack: how.isBack, start: now, length: path.getTotalLength() });
    onStart();
  }
}

/**
 * Put a dot where it is by now; false when it has arrived.
 *
 * @param {Dot} dot
 * @param {number} now
 */
function move({ circle, path, isBack, start, length }, now) {
  const share = (now - start) / TRAVEL;
  if (share >= 1) {
    circle.remove();
    return false;
  }
  const { x, y } = path.getPointAtLength(length * (isBack ? 1 - share : share));
  circle.setAttribute("cx", String(x));
  circle.setAttribute("cy", String(y));
  return true;
}
