#!/usr/bin/env node
import { parseArguments } from './actions/arguments.ts';

try {
  const args = parseArguments(process.argv.slice(2));
  if (args.action === 'start') {
    const { start } = await import('./actions/start.ts');
    process.stdout.write(await start(args));
  } else if (args.action === 'delete') {
    const { deleteLeftovers } = await import('./actions/delete.ts');
    process.stdout.write(await deleteLeftovers(args, Date.now()));
  } else {
    const { loadServe } = await import('./startup/load-serve.ts');
    const { serve } = await loadServe();
    await serve(args);
  }
} catch (error) {
  process.stderr.write(`containerd-shim-spec-v2: ${(error as Error).message}\n`);
  process.exitCode = 1;
}
