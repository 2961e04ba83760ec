/** The one site: the specification by TypeDoc, with the guides and the generated pages as its documents. */
import { DefaultTheme, OptionDefaults, ReflectionKind } from 'typedoc';

const order = [
  'vocabulary',
  'bound',
  'environment',
  'environment-actions',
  'process',
  'service',
  'steps',
  'log',
  'log-rules',
  'action',
  'rule',
  'properties',
  'witnesses',
  'revision',
  'mirror',
  'admission',
  'road/slice',
  'road/part',
  'road/publisher',
  'road/outbox',
  'road/rules',
  'road/reaper-slice',
  'road/reaper',
  'road/reaper-rules',
  'road/waiting',
  'road/channel-slice',
  'road/channel',
  'road/oom-slice',
  'road/oom',
  'road/crash',
  'road/release',
  'road/parts',
];
const revisions = [
  'big-lock',
  'early-exits',
  'mu-locked',
  'pending-execs',
  'defer-init-only',
  'running-execs',
  'main',
  'proposed',
];

/** Fields of unions whose comment says all that there is to say of them. */
const fields = {
  'spec/admission.Admission': [
    'type',
    'call',
    'process',
    'pid',
    'container',
    'sharedPidNamespace',
    'exec',
    'foreign',
    'past',
  ],
  'spec/steps.byCalls': ['call'],
  'spec/steps.byThreads': ['thread'],
  'spec/steps.byProcesses': ['process'],
  'spec/steps.ActionOf': ['type'],
};

/**
 * The default theme, with the modules behind one entry of the menu. What a module has stands on its page alone: each page
 * has the whole menu in it, and with every name it had 2,757 elements.
 */
class Theme extends DefaultTheme {
  /** @override */
  buildNavigation(project) {
    const entries = super.buildNavigation(project);
    const isModule = ({ kind }) => kind === ReflectionKind.Module;
    const modules = entries.filter(isModule);
    return [
      ...entries.filter((entry) => !isModule(entry)),
      { text: 'The explorer', path: 'media/explorer.html' },
      {
        text: 'Modules',
        path: 'modules.html',
        children: modules.map((entry) => ({
          ...entry,
          text: entry.text.replace(/^spec\//, ''),
          children: undefined,
        })),
      },
    ];
  }
}

/** @type {Partial<import('typedoc').TypeDocOptions>} */
const config = {
  name: 'shim-spec',
  plugin: [(app) => app.renderer.defineTheme('shim-spec', Theme)],
  theme: 'shim-spec',
  entryPoints: [
    ...order.map((name) => `../spec/${name}.ts`),
    ...revisions.map((slug) => `../spec/revisions/${slug}.ts`),
    '../spec/revisions/go-code.ts',
    '../checker/index.ts',
  ],
  tsconfig: './tsconfig.json',
  out: 'site',
  readme: './generated/index.md',
  headings: { readme: false },
  projectDocuments: [
    'generated/guides.md',
    'generated/history.md',
    'generated/findings.md',
    'generated/rules.md',
    'requirements.md',
    'generated/causes.md',
    'generated/matrix.md',
    'generated/steps.md',
    'generated/go-tests.md',
    'conformance.md',
    'proposed.md',
    'road.md',
    'reaper-fixes.md',
    'cli.md',
    'watch.md',
    'performance.md',
    'shimtest.md',
    'generated/decisions.md',
  ],
  sort: ['source-order'],
  sortEntryPoints: false,
  kindSortOrder: ['Document', 'Module', 'Interface', 'TypeAlias', 'Variable', 'Function', 'Class'],
  navigation: { includeCategories: false, includeGroups: false, includeFolders: false },
  customCss: './site.css',
  highlightLanguages: [...OptionDefaults.highlightLanguages, 'ini', 'make'],
  disableSources: true,
  excludeExternals: true,
  githubPages: false,
  validation: { notExported: true, invalidLink: true, notDocumented: true },
  intentionallyNotExported: [
    // A revision's table of steps is listed in its module, which the guide asks to read.
    ...revisions.map((slug) => `spec/revisions/${slug}.ts:steps`),
    // What a search can go on from, and what threads share, is made and taken by the checker alone.
    'checker/snapshot.ts:Snapshot',
    'checker/fast/crew.ts:Crew',
  ],
  intentionallyNotDocumented: Object.entries(fields).flatMap(([union, names]) =>
    names.map((name) => `${union}.__type.${name}`),
  ),
  treatWarningsAsErrors: true,
  blockTags: ['@module', '@example', '@param', '@returns', '@throws', '@source', '@see'],
};

export default config;
