import { chmodSync, rmSync } from 'node:fs';
import { createConnection, type Server } from 'node:net';

/** Whether somebody listens at a unix socket. */
export function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const connection = createConnection({ path });
    connection.on('connect', () => {
      connection.destroy();
      resolve(true);
    });
    // Another error, such as that of a full backlog, says that somebody listens.
    connection.on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
  });
}

/**
 * Listens at a unix socket for root alone; one that nobody serves any more is replaced.
 *
 * @returns false where somebody else listens there
 */
export async function listen(server: Server, path: string): Promise<boolean> {
  if (!(await bind(server, path))) {
    if (await isServed(path)) return false;
    rmSync(path, { force: true });
    if (!(await bind(server, path))) return false;
  }
  chmodSync(path, 0o600);
  return true;
}

/** The socket is root's from the moment that it is there. @returns false where the path is taken */
function bind(server: Server, path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      if (error.code === 'EADDRINUSE') resolve(false);
      else reject(error);
    };
    server.once('error', fail);
    const umask = process.umask(0o177);
    server.listen(path, () => {
      server.off('error', fail);
      resolve(true);
    });
    process.umask(umask);
  });
}
