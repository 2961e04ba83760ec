import './liveness.test.ts';
