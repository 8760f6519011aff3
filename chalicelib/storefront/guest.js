/**
 * A visitor who has not signed in, and calls for the cart that such a visitor has.
 *
 * The token is kept in localStorage, unlike a customer's: there is no account to find the cart by,
 * so it outlasts the tab, for the 30 days that the token is good for, and all tabs share it. It
 * opens a list of products and nothing else; signing in hands it over and forgets it.
 */

import { call } from "./api.js";
import { SessionEnded } from "./session.js";

const NAME = "guest";

export class Guest {
  #storage;
  /** @type {string | null} */
  #token = null;
  #visit = 0;

  /** @param {Storage} storage */
  constructor(storage) {
    this.#storage = storage;
  }

  /** @returns {string | null} null as long as nothing was put into a cart */
  get token() {
    return (this.#token ??= this.#storage.getItem(NAME));
  }

  /** Begin anew with the next call. */
  forget() {
    // Another tab may have begun anew already.
    if (this.#storage.getItem(NAME) === this.#token) this.#storage.removeItem(NAME);
    this.#token = null;
    this.#visit += 1;
  }

  /**
   * Call the API for the guest's cart, which comes into being with the first change.
   *
   * @type {Call}
   */
  call = async (method, path, options) => {
    if (!this.token && method === "GET") return { items: [] };
    if (!this.token) await this.#begin();
    return call(method, `guest/${path}`, { ...options, guest: this.token });
  };

  async #begin() {
    const visit = this.#visit;
    const { guest_token: token } = await call("POST", "guest");
    if (visit !== this.#visit) throw new SessionEnded();
    if (!this.token) this.#storage.setItem(NAME, token);
  }
}
