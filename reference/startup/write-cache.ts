/** Writes down what V8 has compiled of the serving process: `node FLAGS write-cache.js`, a part of the build. */
import { writeFileSync } from 'node:fs';
import { cacheFile, loadBundle } from './compiled.ts';

const { exports, script } = loadBundle<typeof import('./warm-up.ts')>();
exports.warmUp();
writeFileSync(cacheFile, script.createCachedData());
// What a bundle has loaded may keep Node running.
process.exit(0);
