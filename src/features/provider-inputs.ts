/**
 * What a provider may be told on the command line. It only fills in `.env.example`: a server reads its environment, so
 * whatever is left out here can be set there.
 */
export const providerInputs = {
  issuer: { flag: '--issuer <url>', description: 'issuer of the authorization server (oidc, okta, keycloak)' },
  domain: { flag: '--domain <domain>', description: 'domain of the tenant (auth0, workos)' },
  tenant: { flag: '--tenant <id>', description: 'directory (tenant) id (entra)' },
  clientId: { flag: '--client-id <id>', description: 'application (client) id of this server (entra)' },
  region: { flag: '--region <region>', description: 'AWS region of the user pool (cognito)' },
  userPoolId: { flag: '--user-pool-id <id>', description: 'id of the user pool (cognito)' },
  clientIds: { flag: '--client-ids <list>', description: 'app clients that may call, comma-separated (cognito)' },
  frontendApi: { flag: '--frontend-api <url>', description: 'Frontend API URL (clerk)' },
} as const;

export type ProviderInputKey = keyof typeof providerInputs;

export const providerInputKeys = Object.keys(providerInputs) as ProviderInputKey[];

/** One thing a provider is found by. */
export interface ProviderInput {
  readonly key: ProviderInputKey;
  /** Environment variable of the generated server that holds it. */
  readonly variable: string;
  readonly about: string;
  readonly pattern: RegExp;
  /** Completes "--issuer ...": why a value that does not match is refused, and what to enter instead. */
  readonly refusal: string;
  readonly example: string;
}

/** Sign-in services whose access tokens only they can verify, and what to do with a server's users there. */
export const brokered: Readonly<Record<string, string>> = {
  google: "Google's access tokens are opaque and have no audience for this server, so only Google can verify them.",
  github: 'GitHub issues opaque access tokens and publishes no metadata that MCP clients understand.',
  apple: 'Apple issues no access tokens for other servers.',
  facebook: 'Facebook issues opaque access tokens.',
  twitter: 'X issues opaque access tokens.',
};

/** Where the users of {@link brokered} sign in instead. */
export const broker = 'Put a broker in front that has it as a connection (Auth0, Keycloak, WorkOS, Clerk, Cognito), and take that one: --auth keycloak';
