import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { pictureOf } from '../bench/pages/picture-of.ts';
import { shimSpec } from './cli/shim-spec.ts';
import { isDeep } from './depth.ts';

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  scripts: object;
};

const folder = new URL('../docs/findings/', import.meta.url);

const files = readdirSync(folder);
const sample = files.filter((_, i) => i % 5 === 0);

describe('docs/findings', () => {
  for (const file of isDeep ? files : sample) {
    it(`${file}: shows what its command prints`, () => {
      const text = readFileSync(new URL(file, folder), 'utf8');
      const [, script] = /```sh\nnpm run (\S+)\n/.exec(text) ?? [];
      if (script !== undefined) {
        // Seen on a real shim, not in the model: the figures come from a measurement, which is no test.
        expect(scripts).toHaveProperty(script);
        if (!text.includes('npx shim-spec check')) return;
      }
      if (!text.includes('npx shim-spec check')) {
        // Of message bodies, which the model does not have: the tester's checks show it.
        const checks = [...text.matchAll(/--only '([^']*)'/g)].map(([, name = '']) => name);
        expect(checks.length).toBeGreaterThan(0);
        const listed = shimSpec('conform', '--list').out;
        for (const name of checks) expect(listed).toContain(name);
        return;
      }
      const [, flags = '', rule = ''] = /npx shim-spec check (.*) --show ['"](.*)['"]\n/.exec(text) ?? [];
      const [, shown = ''] = /```text\n([\s\S]*?)\n```/.exec(text) ?? [];
      const { out } = shimSpec('check', ...flags.split(' '), '--show', rule);
      const [steps, events] = shown.split('\n\n');
      const [, length = ''] = /^Shortest (counterexample: \d+ steps)\./m.exec(text) ?? [];
      expect(length).not.toBe('');
      expect(out).toContain(`shortest ${length}\n`);
      const printed = out.split('\n').map((line) => line.trim());
      const picture = readFileSync(new URL(`../pictures/${file.replace('.md', '.svg')}`, folder), 'utf8');
      expect(picture).toBe(pictureOf(text));
      for (const line of (steps ?? '').split('\n')) expect(printed).toContain(line.trim());
      expect(printed).toContain(events);
    });
  }
});
