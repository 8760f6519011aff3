/** What the modules in chalicelib/storefront hand to one another. Read by tsc alone, never sent. */

type Client = import("../chalicelib/storefront/cart-client.js").CartClient;
type Change = import("../chalicelib/storefront/cart-client.js").Change;
type Item = import("../chalicelib/storefront/cart-client.js").Item;
type Product = import("../chalicelib/storefront/cart-client.js").Product;
type Connection = import("../chalicelib/storefront/cart-client.js").Connection;

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

/** What the server tells the page about itself. */
interface PageConfig {
  stage: string;
  region: string;
  user_pool_client_id: string;
  /** In place of the user pool: an OpenID Connect issuer, and the page's id there. */
  issuer?: string;
  client_id: string;
  /** Whether the shop takes orders, and not only empties carts. */
  orders?: boolean;
  /** Where orders are paid for: an address that ends where an order's number follows. */
  payment_page?: string;
  /** Whether only who asks for reminders gets any. */
  asks_consent?: boolean;
  /** Whether guests can leave an address to be reminded at. */
  guest_reminders?: boolean;
}

/** All that the page shows. */
interface Shop extends Pick<Client, "cart" | "changes" | "confirmed" | "hasEnded" | "order" | "problems" | "products"> {
  hasOrdered: boolean;
  isLookingForCart: boolean;
  isSignedIn: boolean;
  /** The cart that the link of a mail shows. */
  linked: Client["cart"] | null;
  nameOf(sku?: string): string;
  paymentPage?: string;
  /** Whether whoever is here is a guest who can be reminded. */
  remindsGuest: boolean;
}

/** A way to sign in. */
interface Accounts {
  panel: HTMLElement;
  renew?: (refreshToken: string) => Promise<Tokens>;
  /** Finish what was begun before the page was left for an issuer. */
  resume?: () => void;
  signOut(refreshToken?: string): void;
}

/** What the cart's buttons do. */
interface On {
  set(sku: string, quantity: number): void;
  retry(change: Change): void;
  dismiss(change: Change): void;
  lookAgain(change: Change): void;
}
