import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';
import { interruption, printResult, showStatus } from '../thread/session.ts';

const page = fileURLToPath(new URL('../../explorer.html', import.meta.url));

/**
 * `shim-spec explore`: serves the explorer on this machine alone, until it is ended.
 *
 * @throws InputError where the port is taken
 */
export function serveExplorer(wanted: number): Promise<number> {
  const server = createServer((request, response) => {
    const isPage = request.url?.split(/[?#]/)[0] === '/';
    if (isPage)
      response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(readFileSync(page));
    else response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
  });
  return new Promise((resolve, reject) => {
    server.once('error', (cause: NodeJS.ErrnoException) =>
      reject(
        new InputError(
          `port ${wanted} cannot be used (${cause.code}): give another with --port, or 0 for any`,
          exitCode.usage,
          { cause },
        ),
      ),
    );
    const signal = interruption();
    server.once('close', () => resolve(exitCode.holds));
    server.listen({ port: wanted, host: '127.0.0.1', signal }, () => {
      const { port } = server.address() as AddressInfo;
      printResult(`http://127.0.0.1:${port}/\n`);
      showStatus('');
    });
  });
}
