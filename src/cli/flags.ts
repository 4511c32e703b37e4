import type { ProviderInputKey } from '../features/index.ts';

/** What was typed, as commander hands it over; absent means not given. */
export interface CreateFlags extends Partial<Record<ProviderInputKey, string>> {
  name?: string;
  title?: string;
  description?: string;
  transport?: string;
  auth?: string;
  session?: string;
  deploy?: string;
  packageManager?: string;
  namespace?: string;
  securityContact?: string;
  example?: boolean;
  answers?: string;
  install?: false;
  git?: false;
  yes?: true;
  overwrite?: true;
  dryRun?: true;
  diff?: true;
  json?: true;
  interactive?: false;
}

/** A command line of `create`. */
export interface CreateInput {
  readonly directory: string | undefined;
  /** Positional arguments beyond the first. */
  readonly extra: readonly string[];
  readonly flags: CreateFlags;
}
