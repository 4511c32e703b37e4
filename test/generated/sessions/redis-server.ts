import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { freePort } from '../start.ts';
import { sleep, until } from '../wire/server.ts';

/** A Redis server of a test's own: on loopback, keeping nothing on disk. */
export interface RedisServer {
  readonly url: string;
  readonly port: number;
  /** One command, as text; its reply as text. */
  command(...words: readonly string[]): Promise<string>;
  /** Ends it at once. */
  kill(): Promise<void>;
  /** Starts it again on the same port, empty. */
  restart(): Promise<void>;
}

const running = new Set<RedisServer>();

/** @throws when `redis-server` is not installed: Debian's package of that name has it. */
export async function startRedis(...options: readonly string[]): Promise<RedisServer> {
  const port = await freePort();
  const launch = () => spawn('redis-server', ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', ...options], { stdio: 'ignore' });
  let child = launch();
  const answers = () => command(port, 'PING').then((reply) => reply.includes('PONG'), () => false);
  const ready = async () => {
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    await until(() => {
      if (failure) throw failure;
      return answers();
    });
  };
  await ready();
  const server: RedisServer = {
    url: `redis://127.0.0.1:${port}`,
    port,
    command: (...words) => command(port, ...words),
    async kill() {
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.exitCode === null && child.signalCode === null) {
        child.kill('SIGKILL');
        await ended;
      }
    },
    async restart() {
      await this.kill();
      child = launch();
      await ready();
    },
  };
  running.add(server);
  return server;
}

/** Ends every Redis that a test file has started. */
export async function killRedis(): Promise<void> {
  await Promise.all([...running].map((server) => server.kill()));
  running.clear();
}

function command(port: number, ...words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let reply = '';
    socket.setEncoding('utf8').on('error', reject).on('close', () => resolve(reply));
    socket.on('data', (chunk: string) => (reply += chunk));
    socket.write([`*${words.length}`, ...words.flatMap((word) => [`$${Buffer.byteLength(word)}`, word]), ''].join('\r\n'));
    // Replies of these tests are short and come at once.
    void sleep(30).then(() => socket.end());
  });
}
