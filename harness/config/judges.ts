import { resolve } from 'node:path';
import { TiltyardError } from '../errors.js';
import { DEFAULT_RUBRIC, readRubric } from '../judge/rubric.js';
import type { Experiment, LlmJudge } from '../store/experiment.js';

/** A language model as it is written down: its rubric is a file, and its name may be its model. */
type Written = Omit<LlmJudge, 'name' | 'rubric'> & { readonly name?: string; readonly rubric?: string };

/** The section as it is written down: a judge, or several, of either kind. */
export type Given = Omit<Experiment['evaluation'], 'judge' | 'judges'> & {
  readonly judge: string | Written | readonly (string | Written)[] | null;
};

/**
 * Parts what stands for a gold reward, which is a stage, from the language models that are asked afterwards.
 * @throws TiltyardError for two stages, two models of one name, and what is no base of a server
 */
export function splitJudges(given: Given, source: string, baseDir: string): Experiment['evaluation'] {
  const { judge: written, ...rest } = given;
  const all = written === null ? [] : [written].flat();
  const stages = all.filter((one): one is string => typeof one === 'string');
  const where = `${source}: evaluation.judge`;
  if (stages.length > 1) {
    const what = `names the stages ${stages.join(' and ')}`;
    throw new TiltyardError('judges', `${where}: ${what}; one reward at most stands for a gold reward`);
  }
  const judges = all.flatMap((one) => (typeof one === 'string' ? [] : [resolved(one, where, baseDir)]));
  const names = judges.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) {
    throw new TiltyardError('judges', `${where}: two are called '${twice}'; give each a name of its own`);
  }
  return { ...rest, judge: stages[0] ?? null, ...(judges.length === 0 ? {} : { judges }) };
}

function resolved({ name, rubric, ...judge }: Written, where: string, baseDir: string): LlmJudge {
  return {
    name: name ?? judge.model,
    ...judge,
    url: baseOf(judge.url, where),
    rubric: rubric === undefined ? DEFAULT_RUBRIC : readRubric(resolve(baseDir, rubric), `${where}.rubric`),
  };
}

/** The base to which `/chat/completions` is added: of a bare host, its `/v1`. */
function baseOf(given: string, where: string): string {
  const refuse = (what: string, remedy: string): TiltyardError =>
    new TiltyardError('judge-url', `${where}: url ${shown(given)} ${what}; ${remedy}`);
  const example = 'give the base of an OpenAI-compatible server, as http://localhost:8000/v1';
  if (!URL.canParse(given)) throw refuse('is no address', example);
  const url = new URL(given);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse('is not http or https', example);
  if (url.username !== '' || url.password !== '') {
    throw refuse('has a password in it', 'name the variable that holds the key in keyFrom');
  }
  if (url.search !== '' || url.hash !== '') throw refuse('has more than a path', example);
  const path = url.pathname.replace(/\/+$/, '').replace(/\/chat\/completions$/, '');
  return `${url.origin}${path === '' ? '/v1' : path}`;
}

/** Without what may be a key. */
const shown = (url: string): string => `'${url.replace(/\/\/[^/@]*@/, '//***@').replace(/\?.*$/, '?***')}'`;
