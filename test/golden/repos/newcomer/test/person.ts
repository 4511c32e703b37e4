import type {
  OAuthClientMetadata,
  OAuthClientProvider,
  OAuthDiscoveryState,
  StoredOAuthClientInformation,
  StoredOAuthTokens,
} from '@modelcontextprotocol/client';
import { signInAs } from '../dev/sign_in.js';

export interface PersonOptions {
  readonly account?: string;
  /** A client ID metadata document instead of registration. */
  readonly clientMetadataUrl?: string;
}

const REDIRECT_URI = 'http://localhost:9/callback';

/** What the test clients say about themselves, in a registration or in a document of their own. */
export const CLIENT_METADATA: OAuthClientMetadata = {
  client_name: 'test client',
  redirect_uris: [REDIRECT_URI],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
  application_type: 'native',
};

/** A client's memory, and the person who signs in for it without a browser. */
export class Person implements OAuthClientProvider {
  readonly redirectUrl = REDIRECT_URI;
  readonly clientMetadata = CLIENT_METADATA;
  readonly clientMetadataUrl?: string;
  /** The query of the last redirect back to the client. */
  callback = new URLSearchParams();
  /** How often the person had to sign in. */
  signIns = 0;
  #information: StoredOAuthClientInformation | undefined;
  #tokens: StoredOAuthTokens | undefined;
  #discovery: OAuthDiscoveryState | undefined;
  #verifier = '';

  constructor(private readonly options: PersonOptions = {}) {
    if (options.clientMetadataUrl !== undefined) this.clientMetadataUrl = options.clientMetadataUrl;
  }

  clientInformation(): StoredOAuthClientInformation | undefined {
    return this.#information;
  }

  saveClientInformation(information: StoredOAuthClientInformation): void {
    this.#information = information;
  }

  tokens(): StoredOAuthTokens | undefined {
    return this.#tokens;
  }

  saveTokens(tokens: StoredOAuthTokens): void {
    this.#tokens = tokens;
  }

  discoveryState(): OAuthDiscoveryState | undefined {
    return this.#discovery;
  }

  saveDiscoveryState(state: OAuthDiscoveryState): void {
    this.#discovery = state;
  }

  saveCodeVerifier(verifier: string): void {
    this.#verifier = verifier;
  }

  codeVerifier(): string {
    return this.#verifier;
  }

  async redirectToAuthorization(url: URL): Promise<void> {
    this.signIns++;
    this.callback = await signInAs(this.options.account ?? 'alice', url);
  }
}
