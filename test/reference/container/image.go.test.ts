/** `npm run test:go`: the same with a containerd of today. */
import './image.deep.test.ts';
