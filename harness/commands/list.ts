import { describePlugin } from '../config/describe.js';
import { builtinExperiments } from '../config/locate.js';
import { type LearnsFrom, learnsFrom } from '../contracts/plugin.js';
import { TiltyardError, unknownName } from '../errors.js';
import { adapters, builtins, type ExtensionKind, loadExtension } from '../extensions.js';
import { plain } from '../run/progress/plain.js';
import type { Register } from './io.js';
import { opsPage, opsReference } from './ops-reference.js';
import { parameterLines } from './parameters.js';

/** What there is of one kind: for scripts and for people. */
interface Listing {
  readonly records: readonly object[];
  readonly text: string;
}

/** @param names of those that are wanted; none: all */
type Lister = (names: readonly string[]) => Promise<Listing> | Listing;

const LISTS: Readonly<Record<string, Lister>> = { plugins, datasets, experiments, engines, precisions, ops };

export const listCommand: Register = (add, io) => {
  add('list')
    .argument('<what>', Object.keys(LISTS).join(', '))
    .argument('[names...]', 'only these; a plugin or dataset of yours by its path')
    .description('list what is available here, with every parameter and default')
    .option('--markdown', 'ops: as the page of the documentation')
    .action(async (what: string, names: readonly string[], { markdown }: { markdown?: boolean }) => {
      const list = Object.hasOwn(LISTS, what) ? LISTS[what] : undefined;
      if (list === undefined) throw unknownName('list', 'kind', what, Object.keys(LISTS));
      if (markdown === true) {
        if (what !== 'ops')
          throw new TiltyardError('no-markdown', `list ${what}: --markdown is for list ops`);
        io.print(opsPage(opsReference()));
        return;
      }
      const { records, text } = await list(names);
      io.print(io.json ? records.map((record) => `${JSON.stringify(record)}\n`).join('') : text);
    });
};

const SOURCES: Readonly<Record<LearnsFrom, string>> = {
  pairs: 'given data',
  'own-samples': 'its own samples',
  nothing: 'nothing',
};

/** A built-in name, a package or a path; a mistyped name is refused with the nearest. */
const wanted = (kind: ExtensionKind, names: readonly string[]): readonly string[] =>
  names.length > 0 ? names : [...builtins(kind), ...(kind === 'algorithm' ? adapters() : [])];

async function plugins(names: readonly string[]): Promise<Listing> {
  const loaded = await Promise.all(
    wanted('algorithm', names).map((name) => describePlugin(name, process.cwd())),
  );
  const texts = loaded.map((plugin) => {
    const { name, summary, needs, gives, paper, params, external } = plugin;
    const outside = external === undefined ? '' : ' (trained outside)';
    const source = gives === 'policy' ? ` that learns from ${SOURCES[learnsFrom(plugin)]}` : '';
    const about = `needs ${needs.join(', ') || 'nothing'}; gives a ${gives}${source}${outside}; ${paper.url}`;
    return `${name}: ${summary}\n  ${about}\n${parameterLines(params)}`;
  });
  return {
    records: loaded.map((plugin) => {
      const { name, summary, needs, gives, paper, params, external } = plugin;
      const source = gives === 'policy' ? { learnsFrom: learnsFrom(plugin) } : {};
      const outside = external === undefined ? {} : { outside: true };
      return { name, summary, needs, gives, ...source, ...outside, paper, params };
    }),
    text: texts.join('\n').split('\n').map(plain).join('\n'),
  };
}

async function datasets(names: readonly string[]): Promise<Listing> {
  const loaded = await Promise.all(wanted('dataset', names).map((name) => loadExtension('dataset', name)));
  const texts = loaded.map(
    ({ name, description, params }) => `${name}: ${description}\n${parameterLines(params)}`,
  );
  return {
    records: loaded.map(({ name, description, params }) => ({ name, description, params })),
    text: texts.join('\n'),
  };
}

function experiments(names: readonly string[]): Listing {
  const records = only('experiment', builtinExperiments(), names);
  return { records, text: records.map(({ name, description }) => `${name}: ${description}\n`).join('') };
}

async function engines(names: readonly string[]): Promise<Listing> {
  const { listEngines } = await import('../engine/select.js');
  const records = only('engine', await listEngines(), names);
  const texts = records.map(({ name, device, usable, reason }) => {
    const engine = `${name} on ${device}`.padEnd(22);
    return `${usable ? 'usable    ' : 'not usable'}  ${engine} ${reason}\n`;
  });
  return { records, text: texts.join('') };
}

async function precisions(names: readonly string[]): Promise<Listing> {
  const { productErrors } = await import('../engine/product-error.js');
  const all = (await productErrors()).map((row) => ({ name: row.precision, ...row }));
  const records = only('precision', all, names);
  const texts = records.map(({ name, engine, device, relativeError, ofRounding, isRight }) => {
    const bound = ofRounding === null ? '' : `, rounding of operands gives ${ofRounding.toExponential(1)}`;
    const where = `${engine} on ${device}`.padEnd(22);
    const wrong = isRight ? '' : ': NOT what this precision promises';
    const error = `relative error of a product ${relativeError.toExponential(1)}`;
    return `${name.padEnd(8)}  ${where} ${error}${bound}${wrong}\n`;
  });
  return { records, text: texts.join('') };
}

function ops(names: readonly string[]): Listing {
  const records = only('function', opsReference(), names);
  const texts = records.map(
    ({ name, signature, description }) => `${name}${signature.replace(' => ', ': ')}\n  ${description}\n`,
  );
  return { records, text: texts.join('') };
}

/** @throws TiltyardError for a name that there is not */
function only<T extends { readonly name: string }>(
  what: string,
  all: readonly T[],
  names: readonly string[],
): readonly T[] {
  const known = [...new Set(all.map(({ name }) => name))];
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) throw unknownName('list', what, unknown, known);
  return names.length === 0 ? all : all.filter(({ name }) => names.includes(name));
}
