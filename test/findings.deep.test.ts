import './findings.test.ts';
