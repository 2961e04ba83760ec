/** `npm run bench:causes [SLUG…]`: how many sets of options `shim-spec causes` searches, and for how long. */
import { figuresHead, figuresRow, measuredCauses } from './measured-causes.ts';

const slugs = process.argv.slice(2);
process.stdout.write(`${figuresHead}\n`);
for (const slug of slugs.length > 0 ? slugs : ['main', 'early-exits', 'proposed'])
  process.stdout.write(`${figuresRow(await measuredCauses(slug))}\n`);
