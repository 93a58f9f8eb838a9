import { builtinExperiments } from '../config/locate.js';
import { type ParameterRole, type ParamsSchema, parameterRoles } from '../contracts/params.js';
import { type LearnsFrom, learnsFrom } from '../contracts/plugin.js';
import { unknownName } from '../errors.js';
import { builtins, loadExtension, loadPlugin } from '../extensions.js';
import type { Register } from './io.js';

/** What there is of one kind: for scripts and for people. */
interface Listing {
  readonly records: readonly object[];
  readonly text: string;
}

const LISTS: Readonly<Record<string, () => Promise<Listing> | Listing>> = {
  plugins,
  datasets,
  experiments,
  engines,
};

export const listCommand: Register = (add, io) => {
  add('list')
    .argument('<what>', Object.keys(LISTS).join(', '))
    .description('list what is available here')
    .action(async (what: string) => {
      const list = Object.hasOwn(LISTS, what) ? LISTS[what] : undefined;
      if (list === undefined) throw unknownName('list', 'kind', what, Object.keys(LISTS));
      const { records, text } = await list();
      io.print(io.json ? records.map((record) => `${JSON.stringify(record)}\n`).join('') : text);
    });
};

const SOURCES: Readonly<Record<LearnsFrom, string>> = {
  pairs: 'given data',
  'own-samples': 'its own samples',
  nothing: 'nothing',
};

async function plugins(): Promise<Listing> {
  const loaded = await Promise.all(builtins('algorithm').map((name) => loadPlugin(name)));
  const texts = loaded.map((plugin) => {
    const { name, summary, needs, gives, paper, params } = plugin;
    const source = gives === 'policy' ? ` that learns from ${SOURCES[learnsFrom(plugin)]}` : '';
    const about = `needs ${needs.join(', ') || 'nothing'}; gives a ${gives}${source}; ${paper.url}`;
    return `${name}: ${summary}\n  ${about}\n${parameters(params)}`;
  });
  return {
    records: loaded.map((plugin) => {
      const { name, summary, needs, gives, paper, params } = plugin;
      const source = gives === 'policy' ? { learnsFrom: learnsFrom(plugin) } : {};
      return { name, summary, needs, gives, ...source, paper, params };
    }),
    text: texts.join('\n'),
  };
}

async function datasets(): Promise<Listing> {
  const loaded = await Promise.all(builtins('dataset').map((name) => loadExtension('dataset', name)));
  const texts = loaded.map(
    ({ name, description, params }) => `${name}: ${description}\n${parameters(params)}`,
  );
  return {
    records: loaded.map(({ name, description, params }) => ({ name, description, params })),
    text: texts.join('\n'),
  };
}

function experiments(): Listing {
  const records = builtinExperiments();
  return { records, text: records.map(({ name, description }) => `${name}: ${description}\n`).join('') };
}

async function engines(): Promise<Listing> {
  const { listEngines } = await import('../engine/select.js');
  const records = await listEngines();
  const texts = records.map(({ name, device, usable, reason }) => {
    const engine = `${name} on ${device}`.padEnd(22);
    return `${usable ? 'usable    ' : 'not usable'}  ${engine} ${reason}\n`;
  });
  return { records, text: texts.join('') };
}

function parameters({ properties }: ParamsSchema): string {
  const roles = parameterRoles({ properties });
  const lines = Object.entries(properties).map(([name, property]) => {
    const fallback = JSON.stringify(property['default'] ?? null);
    const role = roles.get(name);
    const what = role === undefined ? '' : `  [${described(role)}]`;
    return `  ${name} = ${fallback}  ${String(property['description'] ?? '')}${what}\n`;
  });
  return lines.join('');
}

/** What a parameter is to a comparison, in words. */
const described = (role: ParameterRole): string =>
  role.kind === 'strength' ? `strength: ${role.holdsBack} values hold the policy back` : 'learning rate';
