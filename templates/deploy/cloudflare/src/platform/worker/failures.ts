import type { Env } from 'cloudflare:workers';

/** Counts who fails to sign in over all isolates of a location; each for itself where that does not work. */
export const countFailures =
  ({ STRANGERS }: Env) =>
  async (network: string): Promise<boolean> => {
    try {
      return STRANGERS !== undefined && !(await STRANGERS.limit({ key: network })).success;
    } catch {
      return false;
    }
  };
