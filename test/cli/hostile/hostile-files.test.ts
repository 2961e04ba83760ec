import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { traceFrom } from '../../../cli/run/report-file.ts';
import { shimSpec } from '../shim-spec.ts';
import { foreignWords, hostileFiles } from './hostile-files.ts';

const folder = mkdtempSync(join(tmpdir(), 'shim-spec-hostile-'));
afterAll(() => rmSync(folder, { recursive: true }));
const files = hostileFiles(folder);

async function said(file: string): Promise<string> {
  try {
    await traceFrom('--trace', file, undefined);
  } catch (error) {
    return (error as Error).message;
  }
  throw new Error(`${file} is taken for a report`);
}

describe('a file that is no report', () => {
  it.each(Object.entries(files))('is refused in our own words: %s', async (_, file) => {
    const text = await said(file);
    expect(text).not.toMatch(foreignWords);
    expect(text).toMatch(/^--trace .+ cannot be used/);
  });

  it.each([
    ['null', 'got null, allowed a report of check'],
    ['a list', 'got a list, '],
    ['a text', 'got a text that is not JSON, '],
    ['empty', 'got an empty file, '],
    ['a folder', 'got a folder, EISDIR, '],
    ['no file', 'got no such file or folder, ENOENT, '],
    ['/dev/zero', 'got more than 67108864 bytes, '],
    ['an object', 'got an object without revision.slug, '],
    ['a report of nulls', 'got a report whose results[0] is not a result, '],
    ['a report of an unknown revision', 'did you mean main?'],
  ])('is called what it is: %s', async (name, text) => {
    expect(await said(files[name] as string)).toContain(text);
  });

  it('is refused where it may not be read', async () => {
    const file = join(folder, 'secret');
    writeFileSync(file, '{}');
    chmodSync(file, 0);
    // Root may read everything.
    const isRoot = process.geteuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(await said(file)).toContain('got no permission, EACCES, ');
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

describe('a module that is none', () => {
  it.each([
    ['/dev/zero', 'got a device or a pipe, allowed a .js, .mjs or .ts module'],
    ['a folder', 'got a folder, allowed a .js, .mjs or .ts module'],
    ['no file', 'got a path without a file, allowed a .js, .mjs or .ts module'],
  ])('is refused in our own words: %s', (name, text) => {
    const { code, out, err } = shimSpec('check', files[name] as string);
    expect([code, out]).toEqual([151, '']);
    expect(err).toContain(text);
    expect(err).not.toMatch(foreignWords);
  });
});

describe('a log that is none', () => {
  it.each([
    ['/dev/zero', 'got a device, allowed a file, a folder or a FIFO'],
    ['/proc/self/mem', 'got a file whose content cannot be read, EIO, allowed a file of events'],
    ['a folder', 'got an empty folder, allowed logs of events'],
    ['no file', 'got no such file or folder, ENOENT, allowed a file of events'],
    ['a list', 'got neither a line nor an object'],
    ['null', 'got line 1: null, allowed what'],
  ])('is refused in our own words: %s', (name, text) => {
    const { code, out, err } = shimSpec('validate', files[name] as string);
    expect([code, out]).toEqual([151, '']);
    expect(err).toContain(text);
    expect(err).not.toMatch(foreignWords);
  });
});
