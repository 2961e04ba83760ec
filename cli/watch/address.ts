import { once } from 'node:events';
import { connect } from 'node:net';
import { InputError } from '../errors.ts';
import { exitCode } from '../exit-codes.ts';

/** Whether something listens. Later, a containerd that is away is waited for; at first, it is a wrong address. @throws InputError */
export async function checkAddress(address: string): Promise<void> {
  const socket = connect(address);
  try {
    await once(socket, 'connect');
  } catch (cause) {
    throw new InputError(
      `no containerd listens on ${address} (${(cause as NodeJS.ErrnoException).code}): name its socket with --address, as a user that may open it`,
      exitCode.file,
      { cause },
    );
  } finally {
    socket.destroy();
  }
}
