/** Someone who can sign in at the local authorization server. */
export interface Account {
  readonly name: string;
  readonly tenant: string;
}

/** Two users in two tenants: what one of them stores, the other must not see. */
export const ACCOUNTS: readonly Account[] = [
  { name: 'alice', tenant: 'acme' },
  { name: 'bob', tenant: 'globex' },
];
