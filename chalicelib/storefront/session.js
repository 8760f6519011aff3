/**
 * Who is signed in, and calls in that customer's name.
 *
 * Tokens are kept in sessionStorage: they are gone with the tab, two tabs can be two customers, and
 * no request carries them by itself, so no other site can act for the customer. API Gateway's
 * Cognito authorizer reads no cookie, which scripts could not reach; that no foreign script runs
 * here is the Content-Security-Policy's part.
 */

import { call, isGuestUnknown, Refused } from "./api.js";

const NAME = "session";

/** The token has expired and cannot be renewed: the customer has to sign in again. */
export class SessionEnded extends Error {}

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

  /** @returns {{id: string, name: string} | null} */
  get customer() {
    if (!this.#tokens) return null;
    const { sub, name, email } = claimsOf(this.#tokens.id_token);
    return { id: sub, name: name || email };
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

  /**
   * Call the API as the customer, if need be with a renewed token.
   *
   * @type {Call}
   */
  call = async (method, path, options) => {
    try {
      return await this.#callOnce(method, path, options);
    } catch (error) {
      if (error.status !== 401 || isGuestUnknown(error)) throw error;
    }
    await this.#renewOnce();
    return this.#callOnce(method, path, options);
  };

  /** @param {Parameters<Call>} request */
  #callOnce(...[method, path, options]) {
    if (!this.#tokens) throw new SessionEnded();
    return call(method, path, { ...options, token: this.#tokens.id_token });
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
