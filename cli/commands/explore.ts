import type { Command } from 'commander';
import { addExample } from '../flags/example.ts';
import { integerFlag } from '../flags/integer.ts';

/** Declares `shim-spec explore`. */
export function addExplore(program: Command): void {
  const command = program
    .command('explore')
    .description('serve the explorer, which runs the checker in your browser, on this machine')
    .addOption(
      integerFlag('--port <n>', 'the port; 0 for any that is free', { min: 0, max: 65_535 }).default(8_080),
    )
    .action(async ({ port }: { readonly port: number }) => {
      const { serveExplorer } = await import('../run/explore.ts');
      await serveExplorer(port);
    });
  addExample(command, 'explore --port 0');
}
