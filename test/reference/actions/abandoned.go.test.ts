/** `npm run test:go`: the same with a containerd of today. */
import './abandoned.deep.test.ts';
