/** Signing in: one click as a demo customer, or with an account in a Cognito user pool. */

import { call } from "./api.js";
import { $, newButton, say } from "./view.js";

const DEMO_CUSTOMERS = ["Ada", "Grace", "Katherine"];

/** The demo customers of the local cloud. */
export class DemoSignIn {
  panel = $("demo");
  /** Their sessions cannot be renewed. */
  renew = undefined;

  constructor(onSignedIn) {
    for (const name of DEMO_CUSTOMERS) {
      const body = { name, email: `${name.toLowerCase()}@example.com` };
      const signIn = async () => onSignedIn(await call("POST", "_local/sign-in", { body }));
      $("demo-customers").append(newButton(`I am ${name}`, () => attempt(this.panel, signIn)));
    }
  }

  signOut() {}
}

/** The steps of the account form: the fields that each asks for and where its buttons lead. */
const STEPS = {
  signIn: {
    lead: "Sign in to check out, and to be reminded of your cart.",
    fields: ["email", "password"],
    submit: "Sign in",
    other: "I have no account",
    otherStep: "signUp",
  },
  signUp: {
    lead: "Make an account. We send a code to your address.",
    fields: ["name", "email", "password"],
    submit: "Make an account",
    other: "I have an account",
    otherStep: "signIn",
  },
  confirm: {
    lead: "We sent a code to your address. Please enter it here.",
    fields: ["code"],
    submit: "Confirm",
    other: "Send a new code",
  },
};

/** Accounts in the user pool of a deployed stage. */
export class CognitoSignIn {
  panel = $("account");
  #cognito;
  #onSignedIn;
  #step;

  constructor(cognito, onSignedIn) {
    this.#cognito = cognito;
    this.#onSignedIn = onSignedIn;
    this.#go("signIn");
    this.panel.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(this.panel, () => this.#submit());
    });
    this.#text("other").addEventListener("click", () => attempt(this.panel, () => this.#other()));
  }

  renew = (refreshToken) => this.#cognito.renew(refreshToken);

  /** Revoke the refresh token. Should that fail, the browser has forgotten it all the same. */
  signOut(refreshToken) {
    if (refreshToken) this.#cognito.revoke(refreshToken).catch(() => {});
  }

  async #submit() {
    const values = Object.fromEntries(new FormData(this.panel));
    // The disabled fields are not in the form's data, but the steps build on one another.
    for (const name of ["email", "password"]) values[name] = this.panel.elements[name].value;
    if (this.#step === "signUp") {
      await this.#cognito.signUp(values);
      this.#go("confirm");
      return;
    }
    if (this.#step === "confirm") await this.#cognito.confirm(values);
    await this.#signIn(values);
  }

  async #signIn(values) {
    try {
      this.#onSignedIn(await this.#cognito.signIn(values));
    } catch (error) {
      if (error.code !== "UserNotConfirmedException") throw error;
      await this.#cognito.sendCode(values);
      this.#go("confirm");
      return;
    }
    this.panel.reset();
    this.#go("signIn");
  }

  async #other() {
    if (this.#step !== "confirm") this.#go(STEPS[this.#step].otherStep);
    else await this.#cognito.sendCode({ email: this.panel.elements.email.value });
  }

  #go(step) {
    this.#step = step;
    for (const label of this.panel.querySelectorAll("[data-field]")) {
      label.hidden = !STEPS[step].fields.includes(label.dataset.field);
      label.firstElementChild.disabled = label.hidden;
    }
    for (const part of ["lead", "submit", "other"]) this.#text(part).textContent = STEPS[step][part];
    this.panel.elements.password.autocomplete = `${step === "signUp" ? "new" : "current"}-password`;
    if (this.panel.contains(document.activeElement)) this.panel.querySelector("input:enabled").focus();
  }

  #text(part) {
    return this.panel.querySelector(`[data-text="${part}"]`);
  }
}

/** Run one step of a form, and say in it what goes wrong. */
async function attempt(panel, step) {
  const problem = panel.querySelector(".problem");
  if (panel.ariaBusy === "true") return;
  panel.ariaBusy = "true";
  say(problem, "");
  try {
    await step();
  } catch (error) {
    say(problem, error.code ? error.message : "No answer came. Is there a network? Please try again.");
  } finally {
    panel.ariaBusy = "false";
  }
}
