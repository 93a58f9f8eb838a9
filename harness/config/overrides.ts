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
  /** Base of a server whose model judges: one more in `evaluation.judge`. */
  readonly judge?: string | undefined;
  readonly judgeModel?: string | undefined;
  /** Environment variable that holds the judge's key. */
  readonly judgeKey?: string | undefined;
}

/** Overrides as they are written on the command line. */
export function flagsOf({ set = [], ...named }: Overrides): string[] {
  const { seeds, engine, threads, data, model, judge, judgeModel, judgeKey } = named;
  const ofJudge = { judge, 'judge-model': judgeModel, 'judge-key': judgeKey };
  const flags = Object.entries({ seeds, engine, threads, data, model, ...ofJudge });
  return [
    ...flags.flatMap(([name, value]) => (value === undefined ? [] : [`--${name} ${value}`])),
    ...set.map((assignment) => `--set ${assignment}`),
  ];
}

/** Changes a draft in place; the result is validated afterwards. */
export function override(
  draft: Record<string, unknown>,
  { seeds, set = [], engine, threads, data, model, ...ofJudge }: Overrides,
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
  addJudge(draft, ofJudge);
  for (const assignment of set) assign(draft, assignment);
}

/** One more judge beside those of the file. */
function addJudge(
  draft: Record<string, unknown>,
  { judge: url, judgeModel: model, judgeKey: keyFrom }: Overrides,
): void {
  if (url === undefined) {
    const [flag] = Object.entries({ '--judge-model': model, '--judge-key': keyFrom }).flatMap(
      ([name, value]) => (value === undefined ? [] : [name]),
    );
    if (flag === undefined) return;
    throw new TiltyardError('judge-url', `${flag}: of which server? give its base with --judge URL`);
  }
  if (model === undefined) {
    const remedy = `name it with --judge-model NAME; ${url}/models lists what such a server has`;
    throw new TiltyardError('judge-model', `--judge ${url}: which model? ${remedy}`);
  }
  const section = (draft['evaluation'] ??= {}) as Record<string, unknown>;
  const others = [section['judge'] ?? []].flat();
  section['judge'] = [...others, { url, model, ...(keyFrom === undefined ? {} : { keyFrom }) }];
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
    refuseOffList(target, key, path.slice(0, i).join('.'), refuse);
    const next = (target[key] ??= {});
    if (typeof next !== 'object' || next === null) {
      throw refuse(`'${path.slice(0, i + 1).join('.')}' is not a mapping`);
    }
    target = next as Record<string, unknown>;
  });
  refuseOffList(target, path.at(-1)!, path.slice(0, -1).join('.'), refuse);
  target[path.at(-1)!] = value;
}

/** Of a list, an entry that it has may be changed: `evaluation.judge.0.prompts=32`. */
function refuseOffList(
  target: object,
  key: string,
  at: string,
  refuse: (what: string) => TiltyardError,
): void {
  if (!Array.isArray(target) || (/^\d+$/.test(key) && Number(key) < target.length)) return;
  const places = target.length === 1 ? '0' : `0 to ${target.length - 1}`;
  const has = target.length === 0 ? 'which is empty' : `whose entries are called ${places}`;
  throw refuse(`'${at}' is a list, ${has}; '${key}' is none of them`);
}
