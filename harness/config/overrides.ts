import { resolve } from 'node:path';
import { nearest, TiltyardError } from '../errors.js';
import { refuseInherited } from './inherited.js';
import { mergePatch } from './merge-patch.js';
import { parseYaml } from './yaml.js';

/** What the command line changes in an experiment. */
export interface Overrides {
  readonly seeds?: number | undefined;
  /** `a.b=v`, v in YAML. */
  readonly set?: readonly string[] | undefined;
  readonly engine?: string | undefined;
  readonly threads?: number | undefined;
  /** A file of the user's: `dataset.params.file`. */
  readonly data?: string | undefined;
  /** A Hugging Face folder to begin with: `policy.checkpoint`, and its tokenizer for the data. */
  readonly model?: string | undefined;
}

/** Overrides as they are written on the command line. */
export function flagsOf({ set = [], ...named }: Overrides): string[] {
  const { seeds, engine, threads, data, model } = named;
  const flags = Object.entries({ seeds, engine, threads, data, model });
  return [
    ...flags.flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`])),
    ...set.map((assignment) => `--set ${assignment}`),
  ];
}

/** Changes a draft in place; the result is validated afterwards. */
export function override(
  draft: Record<string, unknown>,
  { seeds, set = [], engine, threads, data, model }: Overrides,
): void {
  if (model !== undefined) {
    mergePatch(draft, draft['withModel'] ?? {});
    draft['policy'] = { checkpoint: resolve(model) };
    mergePatch(draft, { dataset: { params: { tokenizer: resolve(model) } } });
  }
  if (data !== undefined) mergePatch(draft, { dataset: { params: { file: resolve(data) } } });
  const setEngine = (key: string, value: unknown): void => {
    if (value !== undefined) draft['engine'] = { ...(draft['engine'] as object | undefined), [key]: value };
  };
  if (seeds !== undefined) draft['seeds'] = seeds;
  setEngine('name', engine);
  setEngine('threads', threads);
  for (const assignment of set) assign(draft, assignment);
}

/** `stages.mine.params.beta=0.2`: validation knows which keys there are, this knows which stages. */
function assign(draft: Record<string, unknown>, assignment: string): void {
  const refuse = (what: string): TiltyardError =>
    new TiltyardError('bad-set', `--set ${assignment}: ${what}`);
  const split = assignment.indexOf('=');
  if (split < 1) throw refuse('should be path=value, e.g. --set evaluation.every=10');
  const path = assignment.slice(0, split).split('.');
  const value = parseYaml(assignment.slice(split + 1), `--set ${assignment}`);
  for (const key of path) refuseInherited(key, `--set ${assignment}`);
  let target = draft;
  path.slice(0, -1).forEach((key, i) => {
    const isStage = path[0] === 'stages' && i === 1;
    if (isStage && target[key] === undefined) {
      const known = Object.keys(target);
      const guess = nearest(key, known);
      const hint = guess === undefined ? '' : `; did you mean '${guess}'?`;
      throw refuse(`no stage '${key}'${hint} known: ${known.join(', ')}`);
    }
    const next = (target[key] ??= {});
    if (typeof next !== 'object' || next === null || Array.isArray(next)) {
      throw refuse(`'${path.slice(0, i + 1).join('.')}' is not a mapping`);
    }
    target = next as Record<string, unknown>;
  });
  target[path.at(-1)!] = value;
}
