import { closeSync, constants, openSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { koffi } from '../linux/koffi.ts';
import { closeOnExec, libc, nonBlocking } from '../linux/libc.ts';

const socket = libc<[domain: number, type: number, protocol: number]>(
  'int socket(int domain, int type, int protocol)',
);
const bind = libc<[fd: number, address: Buffer, length: number]>(
  'int bind(int fd, uint8_t *address, uint32 length)',
);
const listen = libc<[fd: number, backlog: number]>('int listen(int fd, int backlog)');
const accept4 = libc<[fd: number, address: null, length: null, flags: number]>(
  'int accept4(int fd, void *address, void *length, int flags)',
);
const recvmsg = libc<[fd: number, message: object, flags: number]>(
  'long recvmsg(int fd, msghdr *message, int flags)',
);
const close = libc<[fd: number]>('int close(int fd)');

const unix = 1;
const stream = 1;
const receiveCloseOnExec = 0x4000_0000;
const receiveAtOnce = 0x40;

/** O_PATH: names a folder without opening it. */
const namesOnly = 0o10000000;
let sockets = 0;
let isDeclared = false;

/**
 * Receives the pseudo terminal that runc makes for a process: runc connects to the socket `path` and sends the
 * master's descriptor over it (SCM_RIGHTS), before it returns.
 */
export class ConsoleSocket {
  /** Leads through a descriptor of this process: the kernel takes at most 107 bytes, and bundles lie deeper. */
  readonly path: string;
  readonly #file: string;
  readonly #folder: number;
  readonly #fd: number;

  /** @param folder the socket's, which only root can enter: a bundle @throws Error where no socket can be made there */
  constructor(folder: string) {
    const name = `pty.${++sockets}`;
    this.#file = join(folder, name);
    rmSync(this.#file, { force: true });
    this.#folder = openSync(folder, namesOnly | constants.O_DIRECTORY);
    this.path = `/proc/${process.pid}/fd/${this.#folder}/${name}`;
    this.#fd = socket(unix, stream | closeOnExec | nonBlocking, 0);
    const address = Buffer.alloc(2 + this.path.length + 1);
    address.writeUInt16LE(unix, 0);
    address.write(this.path, 2);
    if (bind(this.#fd, address, address.length) !== 0 || listen(this.#fd, 1) !== 0) {
      this.close();
      throw new Error(`cannot listen on a console socket in ${folder}`);
    }
  }

  /** @returns the master's descriptor, once runc has returned with success */
  receive(): number {
    const connection = accept4(this.#fd, null, null, closeOnExec);
    if (connection < 0) throw new Error('runc did not connect to the console socket');
    const data = Buffer.alloc(4096);
    const control = Buffer.alloc(64);
    declareMessage();
    const message = {
      name: null,
      namelen: 0,
      iov: [{ base: data, length: data.length }],
      iovlen: 1,
      control,
      controllen: control.length,
      flags: 0,
    };
    // A runtime that has connected and sent nothing must not block the shim.
    const received = recvmsg(connection, message, receiveCloseOnExec | receiveAtOnce);
    close(connection);
    // cmsghdr: length u64, level i32 (SOL_SOCKET 1), type i32 (SCM_RIGHTS 1), then the descriptors.
    if (received < 0 || control.readInt32LE(8) !== 1 || control.readInt32LE(12) !== 1) {
      throw new Error('runc sent no descriptor over the console socket');
    }
    return control.readInt32LE(16);
  }

  close(): void {
    close(this.#fd);
    closeSync(this.#folder);
    rmSync(this.#file, { force: true });
  }
}

/** Tells koffi what `recvmsg` takes. */
function declareMessage(): void {
  if (isDeclared) return;
  isDeclared = true;
  const { struct, pointer } = koffi();
  const iovec = struct('iovec', { base: 'uint8_t *', length: 'size_t' });
  struct('msghdr', {
    name: 'void *',
    namelen: 'uint32',
    iov: pointer(iovec),
    iovlen: 'size_t',
    control: 'uint8_t *',
    controllen: 'size_t',
    flags: 'int',
  });
}
