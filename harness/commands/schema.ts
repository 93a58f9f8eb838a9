import { experimentSchema } from '../config/schema.js';
import { unknownName } from '../errors.js';
import type { Register } from './io.js';

export const schemaCommand: Register = (add, io) => {
  add('schema')
    .argument('<what>', 'experiment or report')
    .description('print a JSON schema')
    .action(async (what: string) => io.print(`${JSON.stringify(await schema(what), null, 2)}\n`));
};

async function schema(what: string): Promise<object> {
  if (what === 'experiment') return experimentSchema;
  if (what === 'report') return (await import('../../reports/report/schema.js')).reportSchema;
  throw unknownName('schema', 'schema', what, ['experiment', 'report']);
}
