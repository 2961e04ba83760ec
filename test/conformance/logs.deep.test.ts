import './logs.test.ts';
