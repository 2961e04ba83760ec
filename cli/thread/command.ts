/** The thread of a command. */
import { runProgram } from '../program.ts';
import { tellEnd } from './session.ts';

const code = await runProgram(process.argv.slice(2));
tellEnd();
// An interrupt may have abandoned work that would keep the thread alive.
process.exit(code);
