import './keyed-judge.test.ts';
