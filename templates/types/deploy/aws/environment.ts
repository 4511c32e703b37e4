export const app: string = 'server';
export const environment = (): Record<string, string> => ({ NODE_ENV: 'production' });
