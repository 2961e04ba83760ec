import { appendFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Ends a run with `N passed, N failed, N skipped`, and appends that line to the file that CLOSING_LINES names. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const statesOf = (module: TestModule): string[] =>
      [...module.children.allTests()].map((test) => test.result().state);
    const states = modules.flatMap(statesOf);
    // A module whose imports or hooks fail may have no test that fails.
    const broken = modules.filter((m) => m.state() === 'failed' && !statesOf(m).includes('failed'));
    const count = (state: string): number => states.filter((s) => s === state).length;
    const failed = count('failed') + broken.length + errors.length;
    const line = `${count('passed')} passed, ${failed} failed, ${count('skipped')} skipped\n`;
    process.stdout.write(`\n${line}`);
    const file = process.env.CLOSING_LINES;
    if (file) appendFileSync(file, line);
  }
}
