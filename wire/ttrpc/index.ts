/** ttrpc for Node: a client, a server, and the frames between them. Messages are bytes; bring your own protobuf. */
export { type CallOptions, TtrpcClient } from './client.ts';
export {
  dataMaxBytes,
  encodeFrame,
  type Frame,
  FrameDecoder,
  FrameError,
  frameType,
  headerBytes,
} from './frame.ts';
export { type Services, serveTtrpc, type UnaryMethod } from './server.ts';
export { code, StatusError } from './status.ts';
