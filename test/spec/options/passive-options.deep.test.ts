import './passive-options.test.ts';
