/** Signing in: as a demo customer, with an account in a Cognito user pool, or at an issuer. */

import { exchange } from "./cart-client.js";
import { openDialog } from "./dialogs.js";
import { $, newButton, say } from "./view.js";
import { text } from "./words.js";

const DEMO_CUSTOMERS = ["Ada", "Grace", "Katherine"];

/** The demo customers of the local cloud. */
export class DemoSignIn {
  panel = $("demo");
  /** Their sessions cannot be renewed. */
  renew = undefined;

  /** @param {(tokens: Tokens) => void} onSignedIn */
  constructor(onSignedIn) {
    for (const name of DEMO_CUSTOMERS) {
      const body = { name, email: `${name.toLowerCase()}@example.com`, locale: document.documentElement.lang };
      const request = { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) };
      const signIn = async () => onSignedIn(await exchange("_local/sign-in", request));
      $("demo-customers").append(newButton(text("demo_customer", { name }), () => attempt(this.panel, signIn)));
    }
  }

  signOut() {}
}

/** Accounts of an OpenID Connect issuer: the form is one button, which leads there. */
export class IssuerSignIn {
  panel = $("account");

  /**
   * @param {import("./oidc.js").Issuer} issuer
   * @param {(tokens: Tokens) => void} onSignedIn
   */
  constructor(issuer, onSignedIn) {
    const { panel } = this;
    for (const part of panel.querySelectorAll("[data-field], [type=button]")) part.remove();
    for (const [part, key] of Object.entries({ lead: "sign_in_lead", submit: "sign_in" })) {
      say(/** @type {HTMLElement} */ (panel.querySelector(`[data-text=${part}]`)), text(key));
    }
    panel.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(panel, () => issuer.begin());
    });
    /** @type {(refreshToken: string) => Promise<Tokens>} */
    this.renew = (refreshToken) => issuer.renew(refreshToken);
    /** Go on where the issuer sent the browser back, if it did. */
    this.resume = () =>
      issuer.isBack &&
      attempt(panel, async () => {
        openDialog("account-dialog");
        onSignedIn(await issuer.finish());
      });
  }

  /** The session at the issuer is the customer's to end. */
  signOut() {}
}

/**
 * The steps of the account form: the fields that each asks for, the keys of its texts, and where
 * its buttons lead.
 *
 * @typedef {"signIn" | "signUp" | "confirm" | "forgot" | "reset"} Step
 * @typedef {{lead: string, fields: string[], submit: string, other: string, otherStep?: Step, forgot?: string}} Form
 * @type {Record<Step, Form>}
 */
const STEPS = {
  signIn: {
    lead: "sign_in_lead",
    fields: ["email", "password"],
    submit: "sign_in",
    other: "no_account",
    otherStep: "signUp",
    forgot: "forgot_password",
  },
  signUp: {
    lead: "sign_up_lead",
    fields: ["name", "email", "chosen", "remind"],
    submit: "sign_up",
    other: "have_account",
    otherStep: "signIn",
  },
  confirm: {
    lead: "confirm_lead",
    fields: ["code"],
    submit: "confirm",
    other: "new_code",
  },
  forgot: {
    lead: "forgot_lead",
    fields: ["email"],
    submit: "send_code",
    other: "back_to_sign_in",
    otherStep: "signIn",
  },
  reset: {
    lead: "reset_lead",
    fields: ["code", "chosen"],
    submit: "save_password",
    other: "new_code",
  },
};

/** Accounts in the user pool of a deployed stage. */
export class CognitoSignIn {
  panel = /** @type {HTMLFormElement} */ ($("account"));
  #cognito;
  #onSignedIn;
  #asksConsent;
  #wantsReminders = false;
  /** @type {Step} */
  #step = "signIn";
  /** The password to sign in with once the address is confirmed. */
  #password = "";

  /**
   * @param {import("./cognito.js").Cognito} cognito
   * @param {(tokens: Tokens, wantsReminders: boolean) => void} onSignedIn
   * @param {boolean} asksConsent whether to ask new customers if they want reminders
   */
  constructor(cognito, onSignedIn, asksConsent) {
    this.#cognito = cognito;
    this.#onSignedIn = onSignedIn;
    this.#asksConsent = asksConsent;
    this.#go("signIn");
    this.panel.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(this.panel, () => this.#submit());
    });
    this.#text("other").addEventListener("click", () => attempt(this.panel, () => this.#other()));
    this.#text("forgot").addEventListener("click", () => this.#go("forgot"));
  }

  /** @type {(refreshToken: string) => Promise<Tokens>} */
  renew = (refreshToken) => this.#cognito.renew(refreshToken);

  /**
   * Revoke the refresh token. Should that fail, the browser has forgotten it all the same.
   *
   * @param {string} [refreshToken]
   */
  signOut(refreshToken) {
    if (refreshToken) this.#cognito.revoke(refreshToken).catch(() => {});
  }

  async #submit() {
    const { name, code, password, chosen, remind } = fieldsOf(this.panel);
    const email = this.#email;
    this.#password = chosen ?? password ?? this.#password;
    switch (this.#step) {
      case "signUp":
        this.#wantsReminders = Boolean(remind);
        await this.#cognito.signUp({ name, email, password: chosen });
        return this.#go("confirm");
      case "forgot":
        await this.#cognito.forgotPassword({ email });
        return this.#go("reset");
      case "confirm":
        await this.#cognito.confirm({ email, code });
        break;
      case "reset":
        await this.#cognito.resetPassword({ email, code, password: chosen });
    }
    return this.#signIn({ email, password: this.#password });
  }

  /** The address of an earlier step: a field that is disabled is not in the form's data. */
  get #email() {
    return this.#field("email").value;
  }

  /** @param {{email: string, password: string}} values */
  async #signIn(values) {
    try {
      this.#onSignedIn(await this.#cognito.signIn(values), this.#wantsReminders);
    } catch (error) {
      if (error.code !== "UserNotConfirmedException") throw error;
      await this.#cognito.sendCode(values);
      this.#go("confirm");
      return;
    }
    this.#password = "";
    this.#wantsReminders = false;
    this.panel.reset();
    this.#go("signIn");
  }

  async #other() {
    const { otherStep } = STEPS[this.#step];
    if (otherStep) this.#go(otherStep);
    else if (this.#step === "reset") await this.#cognito.forgotPassword({ email: this.#email });
    else await this.#cognito.sendCode({ email: this.#email });
  }

  /** @param {Step} step */
  #go(step) {
    this.#step = step;
    for (const field of /** @type {NodeListOf<HTMLElement>} */ (this.panel.querySelectorAll("[data-field]"))) {
      const { field: name = "" } = field.dataset;
      field.hidden = !STEPS[step].fields.includes(name) || (name === "remind" && !this.#asksConsent);
      const input = field.querySelector("input");
      if (input) input.disabled = field.hidden;
    }
    for (const part of /** @type {const} */ (["lead", "submit", "other", "forgot"])) {
      const key = STEPS[step][part];
      this.#text(part).textContent = key ? text(key) : "";
      this.#text(part).hidden = !key;
    }
    this.#field("code").value = "";
    if (this.panel.contains(document.activeElement)) firstFieldOf(this.panel)?.focus();
  }

  /** @param {string} name */
  #field(name) {
    return /** @type {HTMLInputElement} */ (this.panel.elements.namedItem(name));
  }

  /** @param {string} part */
  #text(part) {
    return /** @type {HTMLElement} */ (this.panel.querySelector(`[data-text="${part}"]`));
  }
}

/**
 * The first field that can be filled in.
 *
 * @param {HTMLElement} panel
 * @returns {HTMLElement | null}
 */
export function firstFieldOf(panel) {
  return panel.querySelector("input:enabled, button");
}

/**
 * What was filled in, of the fields that are enabled.
 *
 * @param {HTMLFormElement} form
 * @returns {Record<string, string>}
 */
function fieldsOf(form) {
  return Object.fromEntries([...new FormData(form)].map(([name, value]) => [name, String(value)]));
}

/**
 * Run one step of a form, and say in it what goes wrong.
 *
 * @param {HTMLElement} panel
 * @param {() => unknown} step
 */
async function attempt(panel, step) {
  const problem = /** @type {HTMLElement} */ (panel.querySelector(".problem"));
  if (panel.ariaBusy === "true") return;
  panel.ariaBusy = "true";
  say(problem, "");
  try {
    await step();
  } catch (error) {
    say(problem, error.code ? error.message : text("no_answer"));
  } finally {
    panel.ariaBusy = "false";
  }
}
