/**
 * `npm run steps -- FILE [--seed N] [--lines N] [--version V]`: builds containerd's shim so that it records its steps,
 * and drives it with real containers until there are enough. Needs Go, root and runc.
 */
import { appendFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { busyboxRootfs } from '../../conformance/shim/rootfs.ts';
import { buildStepsShim, pinnedVersion } from './build-shim.ts';
import { type DriveEnd, drive } from './drive.ts';

/** A shim has so many lines at most; then another one is driven, with the next seed. */
const linesOfShim = 50_000;
const clients = 6;
const cheap = 400;
const usage = 'npm run steps -- FILE [--seed N] [--lines N] [--version V]';

interface Request {
  readonly file: string;
  readonly seed: number;
  readonly lines: number;
  readonly version: string;
}

function requestOf(args: readonly string[]): Request {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      seed: { type: 'string', default: '1' },
      lines: { type: 'string', default: '10000' },
      version: { type: 'string', default: pinnedVersion },
    },
  });
  const [file = '', ...more] = positionals;
  if (file === '' || more.length > 0)
    throw new Error(`one file is written (got ${positionals.length}): ${usage}`);
  if (existsSync(file)) throw new Error(`${file} is there already (allowed a new file): name another`);
  const [seed, lines] = [natural('--seed', values.seed), natural('--lines', values.lines)];
  if (!/^v2\.\d+\.\d+$/.test(values.version))
    throw new Error(`--version names no release (got ${values.version}, allowed v2.3.2 or newer): ${usage}`);
  return { file, seed, lines, version: values.version };
}

function natural(flag: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new Error(`${flag} is no number (got ${text}, allowed 1 to 999,999,999): ${usage}`);
}

async function recordSteps({ file, seed, lines, version }: Request): Promise<void> {
  if (process.getuid?.() !== 0) throw new Error('containers need root (got another user): run this as root');
  const binary = buildStepsShim({ version });
  const rootfs = busyboxRootfs();
  try {
    for (let done = 0, next = seed; done < lines; next++) {
      const begin = performance.now();
      const linesMax = Math.min(linesOfShim, lines - done);
      const part = `${file}.part`;
      const recorded = { binary, rootfs, record: part };
      const { end, lines: more } = await drive(recorded, { seed: next, linesMax, clients, cheap });
      appendFileSync(file, readFileSync(part));
      rmSync(part);
      done += more;
      const seconds = ((performance.now() - begin) / 1000).toFixed(0);
      process.stdout.write(`seed ${next}: ${more} steps in ${seconds} s, the shim ${endText[end]}\n`);
      if (end !== 'ended') break;
    }
  } finally {
    rmSync(rootfs, { recursive: true });
  }
  process.stdout.write(`judge them: npx shim-spec validate --steps ${file}\n`);
}

const endText: Readonly<Record<DriveEnd, string>> = {
  ended: 'ended by Shutdown',
  died: 'died',
  stuck: 'did not answer',
};

try {
  await recordSteps(requestOf(process.argv.slice(2)));
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
