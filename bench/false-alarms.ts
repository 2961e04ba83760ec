/**
 * `npm run bench:false-alarms [CONTAINERS [SEED]]`: simulated containers of `proposed`, which breaks no rule, with every
 * kind of cut and prefix. No breach may be told.
 */
import { tryFalseAlarms } from '../test/logs/false-alarms.ts';
import { random } from './random.ts';

const [containersText = '1000000', seedText = '1'] = process.argv.slice(2);
const begin = performance.now();
const { containers, events, cuts, breaches } = tryFalseAlarms(
  Number(containersText),
  random(Number(seedText)),
);
for (const { rule, event, history } of breaches.slice(0, 5))
  process.stdout.write(`${rule.name} at ${event.at}: ${JSON.stringify(history)}\n`);
const seconds = Math.round((performance.now() - begin) / 1_000);
process.stdout.write(
  `${containers} containers, ${events} events, seed ${seedText}, ${seconds} s; logs ${JSON.stringify(cuts)}: ${breaches.length} breaches (wanted: 0)\n`,
);
process.exitCode = breaches.length === 0 && events > containers ? 0 : 1;
