import { createSocket } from 'node:dgram';
import type { AddressInfo } from 'node:net';

/** A name server that stands for Docker's: whatever it is asked for, it names what runs at that moment. */
export interface Names {
  readonly port: number;
  /** IPv4 addresses; change at will. */
  readonly addresses: Set<string>;
  readonly asked: () => number;
  close(): void;
}

/** Starts one on loopback (RFC 1035, sections 4.1.1 to 4.1.4). */
export async function startNames(): Promise<Names> {
  const addresses = new Set<string>();
  const socket = createSocket('udp4');
  let asked = 0;
  socket.on('message', (query, { address, port }) => {
    asked++;
    const question = query.subarray(12, query.indexOf(0, 12) + 5);
    const head = Buffer.alloc(12);
    query.copy(head, 0, 0, 2);
    // An answer without an error, to one question.
    head.writeUInt16BE(0x8180, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt16BE(addresses.size, 6);
    // The name of the question, A, IN, for no second at all, four bytes.
    const records = [...addresses].map((one) => Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, ...one.split('.').map(Number)]));
    socket.send(Buffer.concat([head, question, ...records]), port, address);
  });
  await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve));
  return { port: (socket.address() as AddressInfo).port, addresses, asked: () => asked, close: () => void socket.close() };
}
