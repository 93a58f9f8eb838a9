import { builtinExperiments } from '../config/load.js';
import { listEngines } from '../engine/select.js';
import { unknownName } from '../errors.js';
import { builtins, loadExtension, loadPlugin } from '../extensions.js';
import type { ParamsSchema } from '../contracts/params.js';

export const LISTS = ['plugins', 'datasets', 'experiments', 'engines'] as const;

export async function list(what: string, json: boolean): Promise<string> {
  switch (what) {
    case 'plugins': {
      const plugins = await Promise.all(builtins('algorithm').map((name) => loadPlugin(name)));
      if (json) return lines(plugins.map(({ name, summary, needs, gives, paper, params }) => ({ name, summary, needs, gives, paper, params })));
      return plugins.map((p) => `${p.name}: ${p.summary}\n  needs ${p.needs.join(', ') || 'nothing'}; gives a ${p.gives}; ${p.paper.url}\n${parameters(p.params)}`).join('\n');
    }
    case 'datasets': {
      const datasets = await Promise.all(builtins('dataset').map((name) => loadExtension('dataset', name)));
      if (json) return lines(datasets.map(({ name, description, params }) => ({ name, description, params })));
      return datasets.map((d) => `${d.name}: ${d.description}\n${parameters(d.params)}`).join('\n');
    }
    case 'experiments':
      if (json) return lines(builtinExperiments());
      return builtinExperiments().map((e) => `${e.name}: ${e.description}\n`).join('');
    case 'engines': {
      const engines = await listEngines();
      if (json) return lines(engines);
      return engines.map((e) => `${e.usable ? 'usable    ' : 'not usable'}  ${`${e.name} on ${e.device}`.padEnd(22)} ${e.reason}\n`).join('');
    }
    default:
      throw unknownName('list', 'kind', what, LISTS);
  }
}

const lines = (records: readonly object[]): string => records.map((r) => `${JSON.stringify(r)}\n`).join('');

function parameters(schema: ParamsSchema): string {
  return Object.entries(schema.properties)
    .map(([name, p]) => `  ${name} = ${JSON.stringify(p['default'] ?? null)}  ${String(p['description'] ?? '')}\n`)
    .join('');
}
