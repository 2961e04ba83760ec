import './cut-off-searches.test.ts';
