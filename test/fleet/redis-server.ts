import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { needDebian } from '../debian.ts';
import { until } from '../until.ts';

/** A port of the loopback that nobody uses now. */
async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Debian's Redis with an append-only file, in a folder of its own, on the loopback. */
export class RedisServer {
  readonly folder: string = mkdtempSync(join(tmpdir(), 'shim-spec-redis-'));
  readonly #flags: readonly string[];
  #port = 0;
  #server: ChildProcess | null = null;

  /** @param flags further lines of its configuration, as flags */
  constructor(...flags: string[]) {
    needDebian(['redis-server'], ['redis-server']);
    this.#flags = flags;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.#port}`;
  }

  /** Starts it, after a kill on the same port and with its file. */
  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const flags = ['--port', String(this.#port), '--bind', '127.0.0.1', '--dir', this.folder];
    const kept = ['--appendonly', 'yes', '--save', ''];
    this.#server = spawn('redis-server', [...flags, ...kept, ...this.#flags], { stdio: 'ignore' });
    await until('an answer of Redis', () => this.#answers());
  }

  /** Kills it; what it has acknowledged is in its file. */
  async kill(): Promise<void> {
    const server = this.#server;
    if (!server) return;
    this.#server = null;
    server.kill('SIGKILL');
    await once(server, 'exit');
  }

  async end(): Promise<void> {
    await this.kill();
    rmSync(this.folder, { recursive: true, force: true });
  }

  /** Whether it has read its file, and answers, be it that it wants a password. */
  async #answers(): Promise<boolean> {
    const socket = connect(this.#port, '127.0.0.1');
    try {
      await once(socket, 'connect');
      socket.write('PING\r\n');
      const [answer] = (await once(socket, 'data')) as [Buffer];
      return /^(\+PONG|-NOAUTH)/.test(answer.toString());
    } catch {
      return false;
    } finally {
      socket.destroy();
    }
  }
}
