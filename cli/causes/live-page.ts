import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Cell } from '../../checker/causes/minimal-causes.ts';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { pageText } from './live-page-text.ts';
import type { SweepState } from './progress.ts';
import { nameOf } from './searchers.ts';
import type { RunningPart } from './sweep.ts';

const letters: Readonly<Record<Cell, string>> = { searched: 's', pruned: 'p', unknown: 'u', open: 'o' };

/** What the page shows; it asks for it once a second. */
export interface LiveState {
  readonly state: SweepState;
  readonly isOver: boolean;
  readonly parts: readonly {
    readonly name: string;
    readonly options: readonly string[];
    /** One letter for each set: searched, pruned, unknown, open. */
    readonly cells: string;
  }[];
}

/** A page on this machine alone that shows a sweep as it goes. */
export class LivePage {
  readonly address: string;
  readonly #server: Server;
  #shown: string = JSON.stringify(null);

  private constructor(server: Server) {
    this.#server = server;
    this.address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    server.on('request', (request, response) => {
      const path = request.url?.split(/[?#]/)[0];
      const type = path === '/' ? 'text/html; charset=utf-8' : 'application/json';
      if (path !== '/' && path !== '/state.json') return void response.writeHead(404).end();
      response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' });
      response.end(path === '/' ? pageText : this.#shown);
    });
  }

  /** @param port 0 for any. @throws InputError where it is taken */
  static open(port: number): Promise<LivePage> {
    const server = createServer();
    return new Promise((resolve, reject) => {
      server.once('error', (cause: NodeJS.ErrnoException) =>
        reject(
          new InputError(
            `--ui ${port} cannot be used (got ${cause.code}, allowed a free port): give another, or 0 for any`,
            exitCode.usage,
            { cause },
          ),
        ),
      );
      server.listen({ port, host: '127.0.0.1' }, () => resolve(new LivePage(server)));
    });
  }

  show(state: SweepState, parts: readonly RunningPart[], isOver = false): void {
    const shown: LiveState = {
      ...{ state, isOver },
      parts: parts.map((running) => ({
        name: `${nameOf(running.part.revision)}${running.part.isShared ? ', shared pid namespace' : ''}`,
        options: running.part.options,
        cells: running
          .cells()
          .map((cell) => letters[cell])
          .join(''),
      })),
    };
    this.#shown = JSON.stringify(shown);
  }

  close(): void {
    this.#server.close();
    this.#server.closeAllConnections();
  }
}
