import { answer } from '../confinement/ask.js';
import { lock } from '../confinement/lock.js';
import type { External } from '../contracts/external.js';
import type { DescribedPlugin, Description } from './described-plugin.js';
import { TiltyardError } from '../errors.js';
import { loadPlugin } from '../extensions.js';

/** Runs in a process of its own, `node describing.js '{"path": ...}'`, and answers whoever asks. */
const { path, params } = JSON.parse(process.argv[2]!) as { path: string; params?: Record<string, unknown> };
await import('../index.js'); // what it imports itself is there before doors are closed
lock();
try {
  const plugin = await loadPlugin(path);
  const { name, summary, paper, needs, gives, learnsFrom, softLabels, params: schema, external } = plugin;
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
      ...(external === undefined ? {} : { external: plainly(external) }),
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

/** Without what it does. */
function plainly({ files, resumes, requires }: External): NonNullable<DescribedPlugin['external']> {
  return { files, resumes, ...(requires === undefined ? {} : { requires }) };
}
