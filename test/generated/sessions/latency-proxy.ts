import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

/** A TCP proxy in front of Redis whose mood can be changed. */
export interface LatencyProxy {
  readonly url: string;
  /** Milliseconds before anything goes through, either way. */
  delay: number;
  /** Swallows everything while true, as a network that drops packets does. */
  blackHole: boolean;
  close(): Promise<void>;
}

export async function startLatencyProxy(target: number): Promise<LatencyProxy> {
  const sockets = new Set<Socket>();
  const mood = { delay: 0, blackHole: false };
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from);
    from.on('data', (chunk) => {
      if (mood.blackHole) return;
      if (mood.delay === 0) to.write(chunk);
      else setTimeout(() => to.writable && to.write(chunk), mood.delay);
    });
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.on('error', () => to.destroy());
  };
  const server = createServer((near) => {
    const far = connect({ port: target, host: '127.0.0.1' });
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(mood, {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
}
