/** `npm run test:go`: the same with a containerd of today. */
import './shim.test.ts';
