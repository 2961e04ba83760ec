import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../until.ts';
import type { Ran } from './containerd.ts';
import { Dockerd } from './dockerd.ts';
import { shim } from './gated.ts';

const lines = 20_000;
const minutesMs = 170_000;
const oomStep = 'killed for its memory';

/** What a user sees of docker, by the step that shows it. */
type Seen = Record<string, unknown>;

/** Uses docker in every way that is compared. @param tellsOom whether its shim tells of each lack of memory */
async function seen(docker: Dockerd, tellsOom: boolean): Promise<Seen> {
  const all: Seen = {};
  const note = (step: string, { out, code }: Ran): void => {
    const ids = /\b[0-9a-f]{64}\b|\b[0-9a-f]{12}\b/g;
    // docker warns of what this machine lacks, and script(1) may echo the end of its own input.
    const noise = /WARNING:.*\n|\^@/g;
    all[step] = { code, out: out.replace(ids, 'ID').replace(noise, '') };
  };
  const run = async (step: string, args: readonly string[], input?: string): Promise<void> =>
    note(step, await docker.run(args, input));
  const becomes = async (step: string, field: string, name: string, value: string): Promise<void> => {
    const ask = (): Promise<Ran> => docker.run(['inspect', '-f', `{{${field}}}`, name]);
    note(step, await until(step, ask, ({ out }) => out.trim() === value));
  };

  await run('run -i', ['run', '--rm', '-i', 'box', 'cat'], 'fed\nand more');
  await run('run -i, much', ['run', '--rm', '-i', 'box', 'busybox', 'wc', '-c'], 'x'.repeat(5_000_000));
  note('run -t', await docker.onTerminal(['run', '--rm', '-it', 'box', 'tty']));
  await run('exit code', ['run', '--rm', 'box', 'sh', '-c', 'echo out; echo error >&2; exit 7']);
  await run('run of nothing', ['run', '--name', 'nope', 'box', '/nope']);
  await run('its log', ['logs', 'nope']);
  await run('run that writes much', ['run', '--name', 'much', 'box', 'busybox', 'seq', String(lines)]);
  await run('its log, whole', ['logs', 'much']);

  await run('run -d', ['run', '-d', '--name', 'box', 'box', 'sleep', '1000']);
  await run('exec', ['exec', 'box', 'sh', '-c', 'echo out; echo error >&2; exit 3']);
  await run('exec -i', ['exec', '-i', 'box', 'cat'], 'fed');
  note('exec -t', await docker.onTerminal(['exec', '-it', 'box', 'tty']));
  await run('exec of nothing', ['exec', 'box', '/nope']);
  await run('exec with a child in the background', ['exec', 'box', 'sh', '-c', 'sleep 900 & echo ok']);
  await run('pause', ['pause', 'box']);
  await becomes('paused', '.State.Status', 'box', 'paused');
  await run('exec in a paused one', ['exec', 'box', 'true']);
  await run('unpause', ['unpause', 'box']);
  await run('update', ['update', '--pids-limit', '50', 'box']);
  await run('restart', ['restart', '-t', '0', 'box']);
  await becomes('restarted', '.State.Status', 'box', 'running');
  await run('stop', ['stop', '-t', '0', 'box']);
  await becomes('stopped', '.State.ExitCode', 'box', '137');
  await run('start', ['start', 'box']);
  await run('kill', ['kill', '-s', 'KILL', 'box']);
  await run('wait', ['wait', 'box']);

  await run('run with a trap', [
    'run',
    '-d',
    '--name',
    'trap',
    'box',
    'sh',
    '-c',
    "trap 'exit 9' TERM; echo set; while :; do sleep 0.1; done",
  ]);
  await until(
    'its trap',
    () => docker.run(['logs', 'trap']),
    ({ out }) => out.includes('set'),
  );
  await run('stop with a trap', ['stop', 'trap']);
  await becomes('its exit code', '.State.ExitCode', 'trap', '9');

  const always = ['run', '-d', '--name', 'always', '--restart', 'always', 'box', 'true'];
  await run('run --restart=always', always);
  const count = (): Promise<Ran> => docker.run(['inspect', '-f', '{{.RestartCount}}', 'always']);
  await until('a second restart', count, ({ out }) => Number(out) >= 2);
  await run('rm -f of it', ['rm', '-f', 'always']);

  const health = ['--health-cmd', 'true', '--health-interval', '0.5s'];
  await run('run with a health check', ['run', '-d', '--name', 'health', ...health, 'box', 'sleep', '1000']);
  await becomes('healthy', '.State.Health.Status', 'health', 'healthy');
  const greedy = ['dd', 'if=/dev/zero', 'of=/dev/null', 'bs=64M', 'count=1'];
  await run('run --memory', [
    'run',
    '--name',
    'greedy',
    '--memory',
    '16m',
    '--memory-swap',
    '16m',
    'box',
    ...greedy,
  ]);
  // Up to 1.7 the watcher begins after `runc start`, so an early kill may never be told (docs/road.md).
  if (tellsOom) await becomes(oomStep, '.State.OOMKilled', 'greedy', 'true');

  const now = String(Math.ceil(Date.now() / 1000));
  const events = [
    'events',
    '--since',
    '1',
    '--until',
    now,
    '--format',
    '{{.Action}} {{.Actor.Attributes.name}}',
  ];
  const { out } = await docker.run(events);
  // How often these two act depends on the time, and so does whether a client goes before its container ends.
  all.events = out
    .replace(/sha256:[0-9a-f]+|\b[a-z]+_[a-z]+$/gm, 'NAME')
    .split('\n')
    .filter((line) => !/^(detach|oom) | (always|health)$/.test(line));

  await run('run -di', ['run', '-di', '--name', 'cat', 'box', 'cat']);
  for (const signal of ['SIGTERM', 'SIGKILL'] as const) {
    await docker.stopDaemon(signal);
    await docker.startDaemon();
    await becomes(`restored after ${signal}`, '.State.Status', 'cat', 'running');
    await run(`exec after ${signal}`, ['exec', 'cat', 'echo', 'still']);
  }
  await run('its end', ['rm', '-f', 'cat']);
  return all;
}

describe('docker on containerd-shim-spec-v2', () => {
  const [ours, theirs] = [new Dockerd(shim), new Dockerd(null)];
  beforeAll(async () => {
    await ours.start();
    await theirs.start();
  });
  afterAll(async () => {
    await ours.end();
    await theirs.end();
  });

  it(
    "shows what it shows on Debian's shim",
    async () => {
      const expected = await seen(theirs, false);
      const { [oomStep]: oom, ...found } = await seen(ours, true);
      expect(found).toEqual(expected);
      expect(oom).toEqual({ code: 0, out: 'true\n' });
      expect(found).toMatchObject({
        'run -i': { code: 0, out: 'fed\nand more' },
        'run -i, much': { code: 0, out: '5000000\n' },
        'its log': { code: 0, out: '' },
        'its log, whole': { out: Array.from({ length: lines }, (_, i) => `${i + 1}\n`).join('') },
        'exec with a child in the background': { code: 0, out: 'ok\n' },
        'exec after SIGKILL': { code: 0, out: 'still\n' },
      });
    },
    2 * minutesMs,
  );
});
