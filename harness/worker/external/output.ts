import { existsSync } from 'node:fs';
import { quoted, TiltyardError } from '../../errors.js';
import { canonicalJson } from '../../hash.js';
import type { Architecture } from '../../policy/architecture.js';
import { type ModelFolder, readModelFolder, readPolicyFolder } from '../../policy/checkpoint/folder.js';
import { SHAPES_ONLY } from '../../policy/parts.js';
import { jsonFile } from '../../policy/tokenizers/json-file.js';

/** What of a tokenizer's file says how texts are padded and cut, which trainers write and nobody reads. */
const LAYOUT = ['padding', 'truncation', 'version'];

/**
 * The model that a trainer outside left, held to the start that it was given.
 * @param gives what it was to train
 * @throws TiltyardError where there is none, where its shape or tokenizer is another, or a weight not finite
 */
export function readOutput(
  plugin: string,
  output: string,
  start: { readonly dir: string; readonly architecture: Architecture },
  gives: 'policy' | 'reward',
): ModelFolder {
  const refuse = (code: string, what: string): TiltyardError =>
    new TiltyardError(code, `plugin ${plugin}: ${what}`, { exitCode: 1 });
  if (!existsSync(output)) {
    const remedy = 'a trainer saves config.json and model.safetensors in the folder job.output';
    throw refuse('no-output', `it left no model in ${output}; ${remedy}`);
  }
  let folder: ModelFolder;
  try {
    folder = gives === 'policy' ? readPolicyFolder(output) : readModelFolder(output);
  } catch (error) {
    if (!(error instanceof TiltyardError)) throw error;
    throw refuse(error.code, `the model that it left cannot be read: ${error.message}`);
  }
  const [began, left] = [shapesOf(start.architecture), shapesOf(folder.architecture)];
  const other = [...began].find(([name, shape]) => left.get(name) !== shape);
  if (other !== undefined || began.size !== left.size) {
    const [name, shape] = other ?? [...left].find(([one]) => !began.has(one))!;
    const what = `${name} is ${left.get(name) ?? 'missing'}, that of its start ${began.get(name) ?? shape}`;
    throw refuse('other-shape', `the model that it left has another shape than its start: ${what}`);
  }
  const field = otherField(start.architecture, folder.architecture);
  if (field !== null)
    throw refuse('other-shape', `the model that it left has another configuration than its start: ${field}`);
  const own = jsonFile(output, 'tokenizer.json');
  const given = jsonFile(start.dir, 'tokenizer.json');
  if (own !== null && given !== null && essence(own) !== essence(given)) {
    const remedy = 'leave tokenizer.json as it was, or leave it out';
    throw refuse('other-tokens', `the model that it left has another tokenizer than its start; ${remedy}`);
  }
  if (gives === 'reward' && folder.head === null) {
    const wanted = 'a sequence classifier of one score: score.weight';
    throw refuse('no-head', `it was to give a reward and left a model without a head; wanted ${wanted}`);
  }
  return folder;
}

/** Fields of a configuration that change what the same arrays compute. */
const COMPUTES =
  /^(n_|num_.*(heads|layers)$|head_dim$|rope_theta$|.*_eps(ilon)?$|hidden_act$|activation_func)/;

/** Array -> its shape. */
const shapesOf = (architecture: Architecture): Map<string, string> =>
  new Map(
    [...architecture.initialBody(SHAPES_ONLY)].map(([name, { shape }]) => [
      `array ${name}`,
      `[${shape.join(', ')}]`,
    ]),
  );

/** A field that both have and that says otherwise; null where none does. */
function otherField(start: Architecture, left: Architecture): string | null {
  const [before, now] = [start.config(), left.config()];
  const name = Object.keys(before).find(
    (field) =>
      COMPUTES.test(field) && now[field] != null && before[field] != null && now[field] !== before[field],
  );
  return name === undefined
    ? null
    : `${name} is ${quoted(now[name])}, that of its start ${quoted(before[name])}`;
}

function essence(tokenizer: object): string {
  return canonicalJson(
    Object.fromEntries(Object.entries(tokenizer).filter(([name]) => !LAYOUT.includes(name))),
  );
}
