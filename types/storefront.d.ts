/** What the modules in chalicelib/storefront hand to one another. Read by tsc alone, never sent. */

interface Product {
  sku: string;
  name: string;
  description: string;
  unit_price: number;
  /** The address of its picture. */
  image?: string;
  /** The address of its own page. */
  url?: string;
}

/** A line of the cart; prices are in minor units. */
interface Item {
  sku: string;
  name: string;
  unit_price: number;
  quantity: number;
  subtotal: number;
  /** False if it is no longer sold. */
  available?: boolean;
}

interface Cart {
  items: Item[];
  total?: number;
  reminder_due_at?: string | null;
}

/** What somebody wants changed, before it has a key and a state. */
interface Wish {
  kind: "add" | "remove" | "checkout" | "merge";
  sku?: string;
  /** Of an add. */
  quantity?: number;
  /** Of a removal: how many are added again at once. */
  rest?: number;
  /** Of such an add: the removal's key. */
  restOf?: string;
  /** Whose cart it concerns, if not the owner's: a guest's token. */
  guest?: string | null;
  /** Of a merge: what that guest's cart is known to hold. */
  items?: Item[];
}

interface Change extends Wish {
  /** Of an add or a removal; the quantity is an add's. */
  sku: string;
  quantity: number;
  /** The idempotency key. */
  key: string;
  /** "unconfirmed": accepted, but so long ago that nobody asks about it any more. */
  state: "queued" | "sending" | "accepted" | "unconfirmed" | "failed";
  /** Once accepted. */
  requestId?: string;
  /** Why it failed, for people. */
  error?: string;
}

/** What a module throws that calls the API or Cognito. */
interface Failure extends Error {
  status?: number;
  code?: string;
  isTemporary?: boolean;
  /** In milliseconds. */
  retryAfter?: number;
}

interface Options {
  token?: string;
  guest?: string | null;
  body?: object;
  key?: string;
}

/** A call of the API: method, path and options. */
type CallArguments = [method: string, path: string, options?: Options];
type Call = (...request: CallArguments) => Promise<any>;

interface Connection {
  kind: "fine" | "slow" | "offline" | "busy" | "unreachable" | "unconfirmed" | "gaveUp" | "ended";
  seconds?: number;
}
type ReportConnection = (connection: Connection) => void;

interface Tokens {
  id_token: string;
  refresh_token?: string;
}

/** What is known while somebody signs in or up. */
interface Account {
  name?: string;
  email: string;
  password: string;
  code: string;
}

/** News of a cart. */
interface Reports {
  connection: ReportConnection;
  cart(cart: Cart): void;
  done(change: Change): void;
  failed(change: Change): void;
  unconfirmed(): void;
  gaveUp(error: Failure): void;
  guestLost(): void;
  ended(): void;
}

/** All that the page shows. */
interface Shop {
  cart: Cart | null;
  changes: Change[];
  hasEnded: boolean;
  hasOrdered: boolean;
  isLookingForCart: boolean;
  isOrdering: boolean;
  isSignedIn: boolean;
  nameOf(sku?: string): string;
  preview: Required<Pick<Cart, "items" | "total">>;
  problems: Change[];
  products: Map<string, Product>;
}

/** A way to sign in. */
interface Accounts {
  panel: HTMLElement;
  renew?: (refreshToken: string) => Promise<Tokens>;
  signOut(refreshToken?: string): void;
}

/** What the cart's buttons do. */
interface On {
  set(sku: string, quantity: number): void;
  retry(change: Change): void;
  dismiss(change: Change): void;
}
