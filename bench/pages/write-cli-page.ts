/** `npm run cli-page`: writes docs/cli.md from the commands. */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { makeProgram } from '../../cli/program.ts';
import { cliPage } from './cli-page.ts';

writeFileSync(fileURLToPath(new URL('../../../docs/cli.md', import.meta.url)), cliPage(makeProgram('')));
