/**
 * Sign-up and sign-in with an Amazon Cognito user pool, by its JSON API.
 *
 * The password goes to Cognito itself, over TLS (flow USER_PASSWORD_AUTH). SRP would keep it from
 * Cognito too, for a hundred lines of home-made cryptography in a page that knows it anyway.
 */

import { exchange, Refused } from "./cart-client.js";
import { text } from "./words.js";

/**
 * The keys of what there is to say of Cognito's errors.
 *
 * @type {Record<string, string>}
 */
const TEXTS = {
  CodeDeliveryFailureException: "account_not_mailed",
  CodeMismatchException: "account_other_code",
  ExpiredCodeException: "account_old_code",
  InvalidParameterException: "account_not_accepted",
  InvalidPasswordException: "account_weak_password",
  LimitExceededException: "account_too_often",
  NotAuthorizedException: "account_wrong",
  PasswordResetRequiredException: "account_reset_first",
  TooManyFailedAttemptsException: "account_too_often",
  TooManyRequestsException: "account_too_often",
  UserNotFoundException: "account_wrong",
  UsernameExistsException: "account_exists",
};

export class Cognito {
  #url;
  #client;

  /**
   * `client` is the user pool client's id.
   *
   * @param {string} region
   * @param {string} client
   */
  constructor(region, client) {
    this.#url = `https://cognito-idp.${region}.amazonaws.com/`;
    this.#client = client;
  }

  /** @param {Omit<Account, "code">} account */
  signUp({ name, email, password }) {
    const UserAttributes = Object.entries({ email, name })
      .filter(([, Value]) => Value)
      .map(([Name, Value]) => ({ Name, Value }));
    return this.#ask("SignUp", { Username: email, Password: password, UserAttributes });
  }

  /** @param {Pick<Account, "email" | "code">} account */
  confirm({ email, code }) {
    return this.#ask("ConfirmSignUp", { Username: email, ConfirmationCode: code.trim() });
  }

  /** @param {Pick<Account, "email">} account */
  sendCode({ email }) {
    return this.#ask("ResendConfirmationCode", { Username: email });
  }

  /** @param {Pick<Account, "email">} account */
  forgotPassword({ email }) {
    return this.#ask("ForgotPassword", { Username: email });
  }

  /** @param {Omit<Account, "name">} account */
  resetPassword({ email, code, password }) {
    return this.#ask("ConfirmForgotPassword", { Username: email, ConfirmationCode: code.trim(), Password: password });
  }

  /** @param {Pick<Account, "email" | "password">} account */
  signIn({ email, password }) {
    return this.#tokens("USER_PASSWORD_AUTH", { USERNAME: email, PASSWORD: password });
  }

  /** @param {string} refreshToken */
  renew(refreshToken) {
    return this.#tokens("REFRESH_TOKEN_AUTH", { REFRESH_TOKEN: refreshToken });
  }

  /** @param {string} refreshToken */
  revoke(refreshToken) {
    return this.#ask("RevokeToken", { Token: refreshToken });
  }

  /**
   * @param {string} AuthFlow
   * @param {Record<string, string>} AuthParameters
   * @returns {Promise<Tokens>}
   */
  async #tokens(AuthFlow, AuthParameters) {
    const answer = await this.#ask("InitiateAuth", { AuthFlow, AuthParameters });
    const result = answer.AuthenticationResult;
    if (!result) {
      const challenge = answer.ChallengeName;
      throw new Refused(400, challenge, text("account_challenge", { challenge }));
    }
    // A renewal answers without a refresh token: the one at hand stays valid.
    const { IdToken: id_token, RefreshToken: refresh_token } = result;
    return refresh_token ? { id_token, refresh_token } : { id_token };
  }

  /**
   * @param {string} action
   * @param {object} facts
   */
  #ask(action, facts) {
    const headers = {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `AWSCognitoIdentityProviderService.${action}`,
    };
    const body = JSON.stringify({ ClientId: this.#client, ...facts });
    return exchange(this.#url, { method: "POST", headers, body }, refusal);
  }
}

/**
 * @param {Response} response
 * @param {any} answer
 */
function refusal(response, answer) {
  const code = (answer?.__type ?? "unknown").split("#").pop();
  const message = text(TEXTS[code] ?? "account_failed", { status: response.status });
  const status = code === "TooManyRequestsException" ? 429 : response.status;
  return new Refused(status, code, message);
}
