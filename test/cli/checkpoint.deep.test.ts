import './checkpoint.test.ts';
