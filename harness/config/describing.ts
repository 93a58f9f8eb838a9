import { writeSync } from 'node:fs';
import { serialize } from 'node:v8';
import { lock } from '../confinement/lock.js';
import type { Description } from './described-plugin.js';
import { TiltyardError } from '../errors.js';
import { loadPlugin } from '../extensions.js';

/** Runs in a process of its own, `node describing.js '{"path": ...}'`, and answers on a pipe of its own. */
const ANSWER = 3;
const { path, params } = JSON.parse(process.argv[2]!) as { path: string; params?: Record<string, unknown> };
const answer = (value: object): void => {
  const bytes = serialize(value);
  for (let at = 0; at < bytes.length; ) at += writeSync(ANSWER, bytes, at);
};
await import('../index.js'); // what it imports itself is there before doors are closed
lock();
try {
  const plugin = await loadPlugin(path);
  const { name, summary, paper, needs, gives, learnsFrom, softLabels, params: schema } = plugin;
  const description: Description = {
    plugin: {
      name,
      summary,
      paper,
      needs,
      gives,
      ...(learnsFrom === undefined ? {} : { learnsFrom }),
      ...(softLabels === undefined ? {} : { softLabels }),
      params: schema,
      ...(plugin.sample === undefined ? {} : { sample: true }),
    },
    takesDraws: plugin.draws !== undefined,
    ...(params === undefined ? {} : { draws: plugin.draws!(params) }),
  };
  answer(description);
} catch (error) {
  const { code, message, cause } = error as Error & { code?: string };
  const { resource } = (cause ?? {}) as { resource?: string };
  const beyond =
    resource === undefined ? '' : ` (${resource} is out of reach of a plugin that is not built in)`;
  answer({ code: error instanceof TiltyardError ? code! : 'plugin-load', message: `${message}${beyond}` });
}
process.exit(0);
