/** The one site: the specification by TypeDoc, with the guides and the generated pages as its documents. */
const order = [
  'vocabulary',
  'bound',
  'environment',
  'process',
  'service',
  'log',
  'log-rules',
  'properties',
  'witnesses',
  'action',
  'revision',
  'admission',
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

/** @type {Partial<import('typedoc').TypeDocOptions>} */
const config = {
  name: 'shim-spec',
  entryPoints: [
    ...order.map((name) => `../spec/${name}.ts`),
    ...revisions.map((slug) => `../spec/revisions/${slug}.ts`),
  ],
  tsconfig: './tsconfig.json',
  out: 'site',
  readme: './index.md',
  projectDocuments: [
    'generated/history.md',
    'generated/guides.md',
    'proposed.md',
    'conformance.md',
    'generated/findings.md',
    'generated/decisions.md',
  ],
  sort: ['source-order'],
  sortEntryPoints: false,
  kindSortOrder: ['Document', 'Module', 'Interface', 'TypeAlias', 'Variable', 'Function', 'Class'],
  navigation: { includeCategories: false, includeGroups: false, includeFolders: false },
  customCss: './site.css',
  disableSources: true,
  excludeExternals: true,
  githubPages: false,
  validation: { notExported: false, invalidLink: true, notDocumented: false },
  treatWarningsAsErrors: true,
  blockTags: ['@param', '@returns', '@throws', '@source', '@see'],
};

export default config;
