import { TiltyardError } from '../errors.js';
import type { OpenedData } from '../inspect/open.js';
import type { RunSpec } from '../store/spec.js';
import { bytes } from './cost.js';
import { givenRewards } from './given-models.js';

/** Bytes of a parameter that is trained: the weight and AdamW's two moments. On a card these are not here. */
const TRAINED = 12;
const WEIGHT = 4;
/** Where a batch is taken in parts: the gradient, which is added up. */
const SUM = 4;
/** Bytes of a row of a batch, at least: two lists of tokens and what is known of them. */
const ROW = 100;
/** Layers that nobody has more of by intention, where the model is too large. */
const DEEP = 200;

/**
 * Refuses what can never fit a machine: a model whose weights are more than its memory, or a batch whose rows
 * are. What steps take besides is foreseen, not known (`harness/forecast`).
 * @param machine bytes
 * @throws TiltyardError saying how much it is, and what to lower
 */
export async function refuseOversized(
  runs: readonly RunSpec[],
  opened: OpenedData,
  source: string,
  machine: number,
): Promise<void> {
  const refuse = (what: string, remedy: string): never => {
    const message = `${source}: ${what}, and this machine has ${bytes(machine)}; ${remedy}`;
    throw new TiltyardError('too-large', message);
  };
  const [first] = runs;
  if (first === undefined) return;
  const model = await modelOf(first.policy, opened);
  const onCpu = first.engine.device === 'cpu' || first.engine.device === null;
  const sums = first.engine.microBatchRows === undefined ? 0 : SUM;
  // Adapters are small beside what they adapt.
  const trainsWhole = runs.some(
    ({ algorithm, lora, checkpoint }) => algorithm !== null && lora === undefined && checkpoint === undefined,
  );
  const needed = (model?.parameters ?? 0) * (onCpu && trainsWhole ? TRAINED + sums : WEIGHT);
  if (model !== null && needed > machine)
    refuse(`${model.what} take ${bytes(needed)} to train`, model.remedy);
  for (const [setting, { path }] of onCpu ? givenRewards(runs) : []) {
    const { parametersIn } = await import('../policy/checkpoint/folder.js');
    const parameters = parametersIn(path);
    if (parameters * TRAINED <= machine) continue;
    const size = `${count(parameters)} parameters take ${bytes(parameters * TRAINED)} to train`;
    refuse(`${setting}: ${size}`, 'take a smaller one');
  }
  for (const { label, algorithm } of runs) {
    const rows = algorithm?.params['batchSize'];
    if (typeof rows !== 'number' || rows * ROW <= machine) continue;
    refuse(`stage ${label}: a batch of ${rows} rows takes ${bytes(rows * ROW)} at least`, 'lower batchSize');
  }
}

/** How large what is trained is, and how it could be smaller; null of a table. */
async function modelOf(
  { kind, checkpoint, width, layers }: RunSpec['policy'],
  { open, data }: OpenedData,
): Promise<{ readonly parameters: number; readonly what: string; readonly remedy: string } | null> {
  if (kind === 'tabular') return null;
  if (checkpoint !== undefined) {
    const { parametersIn } = await import('../policy/checkpoint/folder.js');
    const parameters = parametersIn(checkpoint.path);
    const what = `policy.checkpoint: ${count(parameters)} parameters`;
    return { parameters, what, remedy: 'take a smaller checkpoint' };
  }
  if (width === undefined || layers === undefined) return null;
  const { parameterCount } = await import('../policy/parameter-count.js');
  const sizes = { vocabSize: open.tokenizer.vocabSize, contextLength: data.shape.time, width, layers };
  const { embeddings, positions, blocks } = parameterCount(sizes);
  const parameters = embeddings + positions + blocks;
  const shape = `width ${width}, layers ${layers}, ${sizes.contextLength} tokens`;
  const isLong = positions > Math.max(embeddings, blocks);
  const isDeep = layers > DEEP && blocks > embeddings;
  const lower = isLong ? LIMITS : isDeep ? 'policy.layers' : 'policy.width';
  return { parameters, what: `policy: ${count(parameters)} parameters (${shape})`, remedy: `lower ${lower}` };
}

const LIMITS = 'dataset.params.maxPromptTokens and maxCompletionTokens';

const count = (n: number): string => (n < 1e15 ? Math.round(n).toLocaleString('en') : n.toPrecision(2));
