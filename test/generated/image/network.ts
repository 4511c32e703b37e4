import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A port of this machine's loopback that leads to a port inside, as `docker run --publish 127.0.0.1:port:port` makes it. */
export interface Published {
  readonly port: number;
  readonly url: URL;
  close(): void;
}

/** Two network namespaces joined by a cable that no other namespace can see. */
export interface Network {
  /** Name of the namespace that containers run in. */
  readonly inside: string;
  /** Connections are made from the other namespace. @param port - the one inside. */
  publish(port: number): Promise<Published>;
  close(): void;
}

/** From the block that is kept for documentation, so that it is no address of this machine's neighbours. */
const ADDRESS = { inside: '192.0.2.2', outside: '192.0.2.1' } as const;

function ip(...argv: string[]): void {
  execFileSync('ip', argv, { stdio: ['ignore', 'ignore', 'pipe'] });
}

/** @throws where namespaces cannot be made. */
export function joinNamespaces(): Network {
  const names = { inside: `mcp-inside-${process.pid}`, outside: `mcp-outside-${process.pid}` } as const;
  for (const name of Object.values(names)) ip('netns', 'add', name);
  ip('link', 'add', 'cable', 'netns', names.inside, 'type', 'veth', 'peer', 'name', 'cable', 'netns', names.outside);
  for (const side of ['inside', 'outside'] as const) {
    ip('-n', names[side], 'address', 'add', `${ADDRESS[side]}/30`, 'dev', 'cable');
    for (const link of ['lo', 'cable']) ip('-n', names[side], 'link', 'set', link, 'up');
  }
  return {
    inside: names.inside,
    publish: (port) => forward((client) => carry(client, names.outside, port)),
    close: () => {
      for (const name of Object.values(names)) spawnSync('ip', ['netns', 'delete', name]);
    },
  };
}

/** Hands one connection over to the namespace outside, where busybox makes it anew. */
function carry(client: Socket, namespace: string, port: number): void {
  const beyond = spawn('ip', ['netns', 'exec', namespace, 'busybox', 'nc', ADDRESS.inside, String(port)], { stdio: ['pipe', 'pipe', 'ignore'] });
  for (const stream of [client, beyond.stdin, beyond.stdout]) stream.on('error', () => client.destroy());
  client.pipe(beyond.stdin);
  beyond.stdout.pipe(client);
  client.once('close', () => beyond.kill());
  beyond.once('exit', (code) => {
    if (code !== 0) client.destroy();
  });
}

function forward(each: (client: Socket) => void): Promise<Published> {
  const clients = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    clients.add(client);
    each(client);
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      const close = (): void => {
        for (const client of clients) client.destroy();
        server.close();
      };
      resolve({ port, url: new URL(`http://localhost:${port}/mcp`), close });
    });
  });
}
