import pc from 'picocolors';
import { conformance } from '../conformance/suite.js';
import { loadPlugin } from '../extensions.js';
import { plain } from '../run/progress/display.js';

/** Runs the conformance suite; one line (or record) per check. True where every one passed. */
export async function checkPlugin(module: string, json: boolean, write: (line: string) => void): Promise<boolean> {
  const plugin = await loadPlugin(module);
  let wrong = 0;
  for (const { name, run } of conformance(plugin)) {
    let error: string | null = null;
    let skipped: string | undefined;
    try {
      skipped = await run();
    } catch (thrown) {
      error = thrown instanceof Error ? thrown.message : String(thrown);
      wrong++;
    }
    if (json) write(JSON.stringify({ plugin: plugin.name, check: name, passed: error === null, skipped: skipped ?? null, error }));
    else write(error === null ? `${pc.green('ok  ')} ${name}${skipped === undefined ? '' : pc.dim(` (${plain(skipped)})`)}` : `${pc.red('FAIL')} ${name}: ${plain(error)}`);
  }
  if (!json) write(wrong === 0 ? `${plugin.name} conforms` : `${plugin.name} fails ${wrong} ${wrong === 1 ? 'check' : 'checks'}`);
  return wrong === 0;
}
