import './automata.test.ts';
