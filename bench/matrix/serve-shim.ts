/**
 * `serve-shim.js SHIM FLAG… ACTION`: does the action `start` in place of a shim whose own needs what this machine
 * withholds, and runs the shim for everything else. gVisor's `start` lowers its OOM score: that needs CAP_SYS_RESOURCE.
 * The process that serves is the shim's own, as its `start` would run it: with the socket as descriptor 3. The
 * container is made a pod's first one, as Kubernetes' are: gVisor's Create of any other does not return.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname } from 'node:path';

const [shim = '', ...args] = process.argv.slice(2);

/** The value of a flag. */
function flag(name: string): string {
  return args[args.indexOf(`-${name}`) + 1] ?? '';
}

function annotate(file: string): void {
  const config = JSON.parse(readFileSync(file, 'utf8')) as object;
  const annotations = { 'io.kubernetes.cri.container-type': 'sandbox' };
  writeFileSync(file, JSON.stringify({ ...config, annotations }));
}

function start(): void {
  annotate('config.json');
  const name = createHash('sha256').update([flag('address'), flag('namespace'), flag('id')].join('/'));
  const address = `/run/containerd/s/${name.digest('hex')}`;
  mkdirSync(dirname(address), { recursive: true });
  writeFileSync('address', `unix://${address}`);
  const server = createServer().listen(address, () => {
    const { fd } = (server as unknown as { _handle: { fd: number } })._handle;
    const flags = ['namespace', 'address', 'id'].flatMap((each) => [`-${each}`, flag(each)]);
    spawn(shim, flags, { detached: true, stdio: ['ignore', 'ignore', 'ignore', fd] });
    process.stdout.write(JSON.stringify({ version: 2, address: `unix://${address}`, protocol: 'ttrpc' }));
    process.exit(0);
  });
}

if (args.at(-1) === 'start') start();
else process.exitCode = spawnSync(shim, args, { stdio: 'inherit' }).status ?? 1;
