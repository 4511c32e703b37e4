/** Names of this machine that other machines cannot reach. `localhost` stands for both stacks. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127(\.\d{1,3}){3}$/.test(host);
}
