import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../harness/environment.js';
import { experimentSchema } from '../../harness/config/schema.js';

/** Run by `npm run build`: the schemas as files, for editors and for readers of reports. */
const { reportSchema } = await import('./schema.js');
const dir = join(packageRoot(), 'dist', 'schemas');
mkdirSync(dir, { recursive: true });
for (const [name, schema] of Object.entries({ experiment: experimentSchema, report: reportSchema })) {
  writeFileSync(join(dir, `${name}.json`), `${JSON.stringify(schema, null, 2)}\n`);
}
