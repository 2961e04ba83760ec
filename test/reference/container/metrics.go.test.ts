/** `npm run test:go`: the same beside containerd's shim of today. */
import './metrics.test.ts';
