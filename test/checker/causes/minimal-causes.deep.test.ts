import './minimal-causes.test.ts';
