import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';

/** Whether a process listens at a unix socket. */
export async function isServed(path: string): Promise<boolean> {
  // The usual case, without a socket of its own.
  if (!existsSync(path)) return false;
  return new Promise((resolve) => {
    const connection = createConnection({ path });
    connection.on('connect', () => {
      connection.destroy();
      resolve(true);
    });
    // Any other error, such as a full backlog, means that a process listens.
    connection.on('error', ({ code }: NodeJS.ErrnoException) =>
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT'),
    );
  });
}
