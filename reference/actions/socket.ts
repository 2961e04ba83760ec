import { createConnection } from 'node:net';

/** Whether a process listens at a unix socket. */
export function isServed(path: string): Promise<boolean> {
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
