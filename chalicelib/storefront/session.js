/**
 * Who is signed in.
 *
 * Tokens are kept in sessionStorage: they are gone with the tab, two tabs can be two customers, and
 * no request carries them by itself, so no other site can act for the customer. API Gateway's
 * authorizers read no cookie, which scripts could not reach; that no foreign script runs
 * here is the Content-Security-Policy's part.
 */

import { Refused, SessionEnded } from "./cart-client.js";

const NAME = "session";

export class Session {
  #storage;
  #renew;
  /** @type {Promise<Tokens> | null} */
  #renewing = null;
  /** @type {Tokens | null} */
  #tokens;

  /**
   * @param {((refreshToken: string) => Promise<Tokens>) | undefined} renew
   *   undefined if sessions cannot be renewed
   * @param {Storage} storage
   */
  constructor(storage, renew) {
    this.#storage = storage;
    this.#renew = renew;
    this.#tokens = JSON.parse(storage.getItem(NAME) ?? "null");
  }

  /** @returns {(import("./cart-client.js").Customer & {name: string}) | null} */
  get customer() {
    if (!this.#tokens) return null;
    const { sub, name, email } = claimsOf(this.#tokens.id_token);
    return { id: sub, name: name || email, token: () => this.#tokens?.id_token, renew: () => this.#renewOnce() };
  }

  get refreshToken() {
    return this.#tokens?.refresh_token;
  }

  /** @param {{id_token: string, refresh_token?: string}} tokens */
  open(tokens) {
    this.#tokens = { ...this.#tokens, ...tokens };
    this.#storage.setItem(NAME, JSON.stringify(this.#tokens));
  }

  close() {
    this.#tokens = null;
    this.#storage.removeItem(NAME);
  }

  /** Renew the token; calls that fail together wait for the same renewal. */
  async #renewOnce() {
    if (!this.refreshToken || !this.#renew) throw new SessionEnded();
    this.#renewing ??= this.#renew(this.refreshToken).finally(() => (this.#renewing = null));
    try {
      this.open(await this.#renewing);
    } catch (error) {
      throw error instanceof Refused && !error.isTemporary ? new SessionEnded() : error;
    }
  }
}

/**
 * Read a token's claims, for display only: the server is the one to verify them.
 *
 * @param {string} token
 */
function claimsOf(token) {
  const base64 = token.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}
