import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { needDebian } from '../debian.ts';

const page = readFileSync(join(import.meta.dirname, '../../docs/watch.md'), 'utf8');
const folder = mkdtempSync(join(tmpdir(), 'shim-spec-deployment-'));
afterAll(() => rmSync(folder, { recursive: true }));

function block(language: string): string {
  const [, text = ''] = new RegExp(`\`\`\`${language}\\n([\\s\\S]*?)\`\`\``).exec(page) ?? [];
  expect(text).not.toBe('');
  return text;
}

describe('the systemd unit of docs/watch.md', () => {
  const npx = join(dirname(process.execPath), 'npx');
  const verify = (text: string): string => {
    const unit = join(folder, 'shim-spec-watch.service');
    writeFileSync(unit, text);
    const { stdout, stderr } = spawnSync('systemd-analyze', ['verify', '--man=no', unit], {
      encoding: 'utf8',
    });
    // What is wrong with other units of this machine is not ours.
    return `${stdout}${stderr}`
      .split('\n')
      .filter((line) => line.includes('shim-spec-watch'))
      .join('\n');
  };

  it('is one that systemd takes', () => {
    needDebian(['systemd-analyze'], ['systemd']);
    const unit = block('ini').replace('/usr/bin/npx', npx);
    expect(verify(unit)).toBe('');
    expect(verify(unit.replace('NoNewPrivileges', 'NoNewPrivilege'))).toContain('NoNewPrivilege');
    expect(verify(unit.replace(npx, '/nonexistent/npx'))).toContain('/nonexistent/npx');
  });
});

describe('the DaemonSet of docs/watch.md', () => {
  it('has the fields that Kubernetes has, with values of their types', () => {
    writeFileSync(join(folder, 'package.json'), '{"private": true, "type": "module"}');
    const packages = ['kubernetes-models@5.1.0', 'yaml@2.9.1'];
    const installed = spawnSync('npm', ['install', '--no-audit', '--no-fund', ...packages], { cwd: folder });
    expect(installed.status, String(installed.stderr)).toBe(0);
    const validate = `
      import { DaemonSet } from 'kubernetes-models/apps/v1';
      import { readFileSync } from 'node:fs';
      import { parse } from 'yaml';
      new DaemonSet(parse(readFileSync(0, 'utf8'), { strict: true, uniqueKeys: true })).validate();`;
    const check = (input: string): { status: number | null; stderr: string } =>
      spawnSync(process.execPath, ['--input-type=module', '-e', validate], {
        cwd: folder,
        input,
        encoding: 'utf8',
      });
    const manifest = block('yaml');
    expect(check(manifest)).toMatchObject({ status: 0, stderr: '' });
    for (const [from, to, said] of [
      ['selector:', 'selektor:', "must have required property 'selector'"],
      ['containerPort: 9464', 'containerPort: "9464"', 'containerPort must be integer'],
      ['name: shim-spec-watch', 'name: [shim-spec-watch]', 'must be string'],
    ] as const)
      expect(check(manifest.replace(from, to)).stderr.replaceAll("'", '')).toContain(
        said.replaceAll("'", ''),
      );
  });
});
