import './more-options.test.ts';
