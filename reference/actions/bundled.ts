/** The actions that need protobuf and runc, and are therefore bundled. */
export { detach } from '../linux/detach.ts';
export { deleteLeftovers } from './delete.ts';
export { info } from './runtime-info.ts';
export { serve } from './serve.ts';
