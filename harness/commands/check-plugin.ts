import pc from 'picocolors';
import { loadPlugin } from '../extensions.js';
import { plain } from '../run/progress/plain.js';
import type { Io, Register } from './io.js';

export const checkPluginCommand: Register = (add, io) => {
  add('check-plugin')
    .argument('<package>', 'a built-in plugin, an npm package or a path')
    .description(
      'test a plugin: its parameters, its gradients, equal results of equal seeds, stopping and going on',
    )
    .action(async (module: string) => {
      if (!(await checkPlugin(module, io))) io.exitWith(1);
    });
};

/** One line (or record) per check of the conformance suite; true where every one passed. */
async function checkPlugin(module: string, io: Io): Promise<boolean> {
  const plugin = await loadPlugin(module);
  // Late: it loads onnxruntime, which no other command needs to start.
  const { conformance } = await import('../conformance/suite.js');
  let wrong = 0;
  for (const { name, run } of conformance(plugin)) {
    let error: string | null = null;
    let skipped: string | null = null;
    try {
      skipped = (await run()) ?? null;
    } catch (thrown) {
      error = thrown instanceof Error ? thrown.message : String(thrown);
      wrong++;
    }
    const line =
      error === null
        ? `${pc.green('ok  ')} ${name}${skipped === null ? '' : pc.dim(` (${plain(skipped)})`)}`
        : `${pc.red('FAIL')} ${name}: ${plain(error)}`;
    io.tell({ plugin: plugin.name, check: name, passed: error === null, skipped, error }, line);
  }
  const failures = `${wrong} ${wrong === 1 ? 'check' : 'checks'}`;
  if (!io.json) io.print(wrong === 0 ? `${plugin.name} conforms\n` : `${plugin.name} fails ${failures}\n`);
  return wrong === 0;
}
