/** The shims and OCI runtimes of the matrix, each at a pinned version. */
import { crunWrapper, runscWrapper, serveWrapper, type Wrapper } from './wrappers.ts';

/** Where a program comes from: the registry's ordinary client brings it, or this clone has it. */
export type Source = (
  | { readonly by: 'go'; readonly program: string; readonly version: string; readonly binary?: string }
  | {
      readonly by: 'cargo';
      readonly crate: string;
      readonly version: string;
      readonly binary: string;
      /** Beside the crate's default ones. */
      readonly features?: readonly string[];
    }
  | { readonly by: 'apt'; readonly package: string; readonly path: string }
  | { readonly by: 'clone'; readonly path: string }
) & { readonly wrapper?: Wrapper };

type Language = 'C' | 'Go' | 'Rust' | 'TypeScript';

/** One column of the matrix: a shim, and the OCI runtime that it runs. */
export interface Subject {
  readonly slug: string;
  readonly title: string;
  /** What the shim is written in, and what its OCI runtime is. */
  readonly languages: readonly [Language, Language];
  readonly shim: Source;
  readonly runtime: Source;
  /** The shim's own configuration, where it does not take runc's options; null where it does. */
  readonly config: string | null;
  /** What is special about how it is run here. */
  readonly note?: string;
}

const containerd = 'github.com/containerd/containerd';
const command = 'cmd/containerd-shim-runc-v2';
/** The Go proxy's branch `go`, which has what Bazel generates. */
const gvisor = 'v0.0.0-20260905035102-160fafc42237';

const runc: Source = { by: 'apt', package: 'runc', path: '/usr/sbin/runc' };
const newest: Source = { by: 'go', program: `${containerd}/v2/${command}`, version: 'v2.4.2' };

function runcV2(version: string, shim: Source): Subject {
  const title = `runc-v2 ${version}`;
  return { slug: `runc-v2-${version}`, title, languages: ['Go', 'Go'], shim, runtime: runc, config: null };
}

/** A release of containerd; 2 and newer is a module of its own. */
function release(version: string): Subject {
  const module = version.startsWith('1.') ? containerd : `${containerd}/v2`;
  return runcV2(version, { by: 'go', program: `${module}/${command}`, version: `v${version}` });
}

export const subjects: readonly Subject[] = [
  runcV2('debian-1.6.20', {
    by: 'apt',
    package: 'containerd',
    path: '/usr/bin/containerd-shim-runc-v2',
  }),
  ...['1.6.36', '1.7.35', '2.0.14', '2.1.9', '2.2.9', '2.3.7', '2.4.2'].map(release),
  runcV2('main', {
    by: 'go',
    program: `${containerd}/v2/${command}`,
    version: '301026e58c619e63d09c0ec411012e54c0124b03',
  }),
  {
    slug: 'rust-extensions',
    title: 'rust-extensions 0.2.0',
    languages: ['Rust', 'Go'],
    shim: {
      by: 'cargo',
      crate: 'containerd-runc-shim',
      version: '0.2.0',
      binary: 'containerd-shim-runc-v2-rs',
    },
    runtime: runc,
    config: null,
  },
  {
    slug: 'gvisor',
    title: 'gVisor 20260905',
    languages: ['Go', 'Go'],
    shim: {
      by: 'go',
      program: 'gvisor.dev/gvisor/shim',
      version: gvisor,
      binary: 'containerd-shim-runsc-v1',
      wrapper: serveWrapper,
    },
    runtime: { by: 'apt', package: 'runsc', path: '/usr/bin/runsc', wrapper: runscWrapper },
    config: '',
    note: "Its action start lowers the OOM score of the shim, which needs CAP_SYS_RESOURCE: where the machine withholds that, a script starts the shim's serving process in its place. The container is annotated as the first of a pod. Debian's runsc of December 2022 runs it, by ptrace and without a network; runsc of the shim's version takes too long to build here. Processes live inside the sandbox, so the races, which kill them from outside, say little.",
  },
  {
    slug: 'runwasi',
    title: 'runwasi 1.0.1',
    languages: ['Rust', 'Go'],
    shim: {
      by: 'cargo',
      crate: 'containerd-shim-wasm',
      version: '1.0.1',
      binary: 'containerd-shim-wasm',
    },
    runtime: runc,
    config: null,
  },
  {
    slug: 'reference',
    title: 'ours',
    languages: ['TypeScript', 'Go'],
    shim: { by: 'clone', path: 'dist/reference/main.sh' },
    runtime: runc,
    config: null,
  },
  {
    slug: 'crun',
    title: 'runc-v2 2.4.2 with crun 1.8.1',
    languages: ['Go', 'C'],
    shim: newest,
    runtime: { by: 'apt', package: 'crun', path: '/usr/bin/crun', wrapper: crunWrapper },
    config: null,
  },
  {
    slug: 'youki',
    title: 'runc-v2 2.4.2 with youki 0.7.0',
    languages: ['Go', 'Rust'],
    shim: newest,
    // Without v1 it runs on a machine with cgroup v2 alone.
    runtime: { by: 'cargo', crate: 'youki', version: '0.7.0', binary: 'youki', features: ['v1'] },
    config: null,
  },
];
