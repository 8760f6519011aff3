/**
 * Sign-up and sign-in with an Amazon Cognito user pool, by its JSON API.
 *
 * The password goes to Cognito itself, over TLS (flow USER_PASSWORD_AUTH). SRP would keep it from
 * Cognito too, for a hundred lines of home-made cryptography in a page that knows it anyway.
 */

import { exchange, Refused } from "./api.js";

const WRONG = "The e-mail address or the password is wrong.";
const TOO_OFTEN = "That was too often. Wait some minutes and try again.";
/** @type {Record<string, string>} */
const WORDS = {
  CodeDeliveryFailureException: "The mail with the code could not be sent. Please try again later.",
  CodeMismatchException: "This is not the code that we sent.",
  ExpiredCodeException: "This code has expired. Ask for a new one.",
  InvalidParameterException: "That was not accepted. Check what you entered; an address must be confirmed first.",
  InvalidPasswordException: "The password does not meet the rules below its field.",
  LimitExceededException: TOO_OFTEN,
  NotAuthorizedException: WRONG,
  PasswordResetRequiredException: "Choose a new password first: “Forgot your password?”",
  TooManyFailedAttemptsException: TOO_OFTEN,
  TooManyRequestsException: TOO_OFTEN,
  UserNotFoundException: WRONG,
  UsernameExistsException: "There is an account with this e-mail address. Sign in instead.",
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
      const message = `This page cannot do what the account asks for (${answer.ChallengeName}).`;
      throw new Refused(400, answer.ChallengeName, message);
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
  const message = WORDS[code] ?? `That did not work (${response.status}). Please try again later.`;
  const status = code === "TooManyRequestsException" ? 429 : response.status;
  return new Refused(status, code, message);
}
