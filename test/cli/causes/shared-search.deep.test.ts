import './shared-search.test.ts';
