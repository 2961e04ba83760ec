import { fstatSync } from 'node:fs';

const inputMaxBytes = 10 * 1024 ** 2;
/** How long to wait for input, in milliseconds. A caller that keeps its end open and writes nothing by then has nothing to say. */
const silentMs = 1_000;

/**
 * Reads standard input to its end; /dev/null and a terminal count as empty.
 *
 * @throws Error for more than 10 MiB, or input that begins and does not end
 */
export function readStandardInput(): Promise<Buffer> {
  if (fstatSync(0).isCharacterDevice()) return Promise.resolve(Buffer.alloc(0));
  const chunks: Buffer[] = [];
  let bytes = 0;
  const input = process.stdin;
  return new Promise<Buffer>((resolve, reject) => {
    const finish = (): void => resolve(Buffer.concat(chunks));
    const timer = setTimeout(() => {
      if (bytes === 0) finish();
      else reject(new Error(`standard input has no end (got ${bytes} bytes in ${silentMs} ms)`));
    }, silentMs);
    timer.unref();
    input.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      if (bytes > inputMaxBytes)
        reject(new Error(`standard input is too large (got ${bytes} bytes, allowed ${inputMaxBytes})`));
    });
    input.on('end', finish).on('error', reject);
  }).finally(() => {
    input.pause();
    // Standard input that is a file has no unref, and does not keep Node running.
    input.unref?.();
  });
}
