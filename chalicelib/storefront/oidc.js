/**
 * Sign-in with an OpenID Connect issuer: the authorization code flow with PKCE (RFC 7636).
 *
 * The browser goes to the issuer and comes back with a code, which is worth a token only together
 * with what this tab remembers.
 */

import { exchange, Refused } from "./cart-client.js";
import { text } from "./words.js";

const NAME = "oidc";

export class Issuer {
  #url;
  #client;
  #answer = new URLSearchParams(location.search);
  #begun = JSON.parse(sessionStorage.getItem(NAME) ?? "{}");

  /**
   * `client` is the page's id at the issuer.
   *
   * @param {string} url
   * @param {string} client
   */
  constructor(url, client) {
    this.#url = url.replace(/\/$/, "");
    this.#client = client;
  }

  /** Leave for the issuer. */
  async begin() {
    const { authorization_endpoint: url } = await this.#endpoints();
    const [state, verifier] = [random(), random()];
    sessionStorage.setItem(NAME, JSON.stringify({ state, verifier }));
    const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier));
    const query = new URLSearchParams({
      response_type: "code",
      client_id: this.#client,
      redirect_uri: here(),
      scope: "openid email profile",
      state,
      code_challenge: base64url(new Uint8Array(digest)),
      code_challenge_method: "S256",
      ui_locales: document.documentElement.lang,
    });
    location.assign(`${url}${url.includes("?") ? "&" : "?"}${query}`);
  }

  /** Whether the issuer sent the browser back, because this tab had asked it to. */
  get isBack() {
    return this.#begun.state === this.#answer.get("state"); // null is not undefined
  }

  /**
   * Take what the issuer sent the browser back with.
   *
   * @returns {Promise<Tokens>}
   */
  async finish() {
    sessionStorage.removeItem(NAME);
    history.replaceState(null, "", here());
    const code = this.#answer.get("code");
    if (!code) throw refusal({ status: 400 }, { error: this.#answer.get("error") });
    const { verifier } = this.#begun;
    return this.#tokens({ grant_type: "authorization_code", code, redirect_uri: here(), code_verifier: verifier });
  }

  /** @param {string} refreshToken */
  renew(refreshToken) {
    return this.#tokens({ grant_type: "refresh_token", refresh_token: refreshToken });
  }

  #endpoints() {
    return exchange(`${this.#url}/.well-known/openid-configuration`, undefined, refusal);
  }

  /**
   * @param {Record<string, string>} facts
   * @returns {Promise<Tokens>}
   */
  async #tokens(facts) {
    const { token_endpoint: url } = await this.#endpoints();
    const body = new URLSearchParams({ client_id: this.#client, ...facts });
    // The access token is of no use here, and an absent refresh token leaves the one at hand.
    const { access_token: _, ...tokens } = await exchange(url, { method: "POST", body }, refusal);
    return tokens;
  }
}

/** The page's own address, as it is registered at the issuer. */
const here = () => location.origin + location.pathname;

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

/** @param {Uint8Array} bytes */
const base64url = (bytes) =>
  btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");

/**
 * @param {Pick<Response, "status">} response
 * @param {any} answer
 */
function refusal({ status }, answer) {
  return new Refused(status, answer?.error ?? "unknown", text("account_failed", { status }));
}
