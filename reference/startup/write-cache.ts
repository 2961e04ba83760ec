/** `node FLAGS write-cache.js`, a part of the build: keeps what V8 compiles while it loads the bundle. */
import { writeFileSync } from 'node:fs';
import { bundleFile, cacheFile, loadBundle } from './load-actions.ts';

writeFileSync(cacheFile, loadBundle(bundleFile).script.createCachedData());
// What a bundle has loaded may keep Node running.
process.exit(0);
