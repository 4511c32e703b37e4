import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { sleep } from '../wire/server.ts';

/** A TCP proxy in front of Redis whose mood can be changed. */
export interface LatencyProxy {
  readonly url: string;
  /** Milliseconds before anything goes through, either way. */
  delay: number;
  /** Swallows everything while true, as a network that drops packets does. */
  blackHole: boolean;
  /** Packets from clients so far: what is sent in one go counts once. */
  trips: number;
  /** Ends every connection; new ones are accepted. */
  cut(): void;
  close(): Promise<void>;
}

export async function startLatencyProxy(target: number): Promise<LatencyProxy> {
  const sockets = new Set<Socket>();
  const mood = { delay: 0, blackHole: false, trips: 0 };
  const pass = (from: Socket, to: Socket) => {
    sockets.add(from);
    let last = Promise.resolve();
    from.on('data', (chunk: Buffer) => {
      if (mood.blackHole) return;
      const ready = mood.delay === 0 ? undefined : sleep(mood.delay);
      // In the order in which it came, whatever the delay was meanwhile.
      last = last.then(() => ready).then(() => void (to.writable && to.write(chunk)));
    });
    from.on('close', () => {
      sockets.delete(from);
      to.destroy();
    });
    from.on('error', () => to.destroy());
  };
  const server = createServer((near) => {
    const far = connect({ port: target, host: '127.0.0.1' });
    near.on('data', () => mood.trips++);
    pass(near, far);
    pass(far, near);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(mood, {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut() {
      for (const socket of sockets) socket.destroy();
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  });
}
