/** The actions that need protobuf and runc, and are therefore bundled. */
export { deleteLeftovers } from './delete.ts';
export { info } from './info.ts';
export { serve } from './serve.ts';
