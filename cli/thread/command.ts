/** The thread of a command. */
import { runProgram } from '../program.ts';

// An interrupt may have abandoned work that would keep the thread alive.
process.exit(await runProgram(process.argv.slice(2)));
