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
    forgot: "Forgot your password?",
  },
  signUp: {
    lead: "Make an account. We send a code to your address.",
    fields: ["name", "email", "chosen"],
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
  forgot: {
    lead: "Enter your address. We send you a code to choose a new password with.",
    fields: ["email"],
    submit: "Send the code",
    other: "Back to sign-in",
    otherStep: "signIn",
  },
  reset: {
    lead: "If there is an account with this address, we sent it a code. Enter the code and a new password.",
    fields: ["code", "chosen"],
    submit: "Save the new password",
    other: "Send a new code",
  },
};

/** Accounts in the user pool of a deployed stage. */
export class CognitoSignIn {
  panel = $("account");
  #cognito;
  #onSignedIn;
  #step = "signIn";
  /** The password to sign in with once the address is confirmed. */
  #password = "";

  constructor(cognito, onSignedIn) {
    this.#cognito = cognito;
    this.#onSignedIn = onSignedIn;
    this.#go("signIn");
    this.panel.addEventListener("submit", (event) => {
      event.preventDefault();
      attempt(this.panel, () => this.#submit());
    });
    this.#text("other").addEventListener("click", () => attempt(this.panel, () => this.#other()));
    this.#text("forgot").addEventListener("click", () => this.#go("forgot"));
  }

  renew = (refreshToken) => this.#cognito.renew(refreshToken);

  /** Revoke the refresh token. Should that fail, the browser has forgotten it all the same. */
  signOut(refreshToken) {
    if (refreshToken) this.#cognito.revoke(refreshToken).catch(() => {});
  }

  async #submit() {
    const { name, code, password, chosen } = Object.fromEntries(new FormData(this.panel));
    const email = this.#email;
    this.#password = chosen ?? password ?? this.#password;
    switch (this.#step) {
      case "signUp":
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
    return this.panel.elements.email.value;
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
    this.#password = "";
    this.panel.reset();
    this.#go("signIn");
  }

  async #other() {
    const { otherStep } = STEPS[this.#step];
    if (otherStep) this.#go(otherStep);
    else if (this.#step === "reset") await this.#cognito.forgotPassword({ email: this.#email });
    else await this.#cognito.sendCode({ email: this.#email });
  }

  #go(step) {
    this.#step = step;
    for (const field of this.panel.querySelectorAll("[data-field]")) {
      field.hidden = !STEPS[step].fields.includes(field.dataset.field);
      const input = field.querySelector("input");
      if (input) input.disabled = field.hidden;
    }
    for (const part of ["lead", "submit", "other", "forgot"]) {
      this.#text(part).textContent = STEPS[step][part] ?? "";
      this.#text(part).hidden = !STEPS[step][part];
    }
    this.panel.elements.code.value = "";
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
