import type { OpenedData } from '../inspect/open.js';
import type { RunSpec } from '../store/spec.js';

/** Late, as all of the policy is. */
export type Architecture = import('../policy/architecture.js').Architecture;

/**
 * Which stages train adapters, and how many parameters these have; null where none does.
 * @param given what policies begin as, where that is a checkpoint
 * @throws TiltyardError where targets name no module of the model, before any run begins
 */
export async function adaptersInWords(
  runs: readonly RunSpec[],
  { open, data }: OpenedData,
  given: Architecture | null,
): Promise<string | null> {
  const adapted = runs.filter((run) => run.lora !== undefined);
  const [first] = adapted;
  if (first === undefined) return null;
  const { adaptedModules } = await import('../policy/lora/targets.js');
  const architecture = given ?? (await fresh(first, open.tokenizer.vocabSize, data.shape.time));
  const lora = first.lora!;
  const modules = adaptedModules(architecture, lora);
  const parameters = modules.reduce((sum, { input, output }) => sum + lora.rank * (input + output), 0);
  const stages = [...new Set(adapted.map(({ stage }) => stage))].join(', ');
  const what = `${modules.length} adapters of rank ${lora.rank}`;
  const size = `${parameters.toLocaleString('en')} parameters`;
  return `policy.lora: ${stages} train ${what}, ${size}, on what they start from`;
}

async function fresh(
  { policy: { width = 64, layers = 2, heads = 2 } }: RunSpec,
  vocabSize: number,
  contextLength: number,
): Promise<Architecture> {
  const { transformer } = await import('../policy/transformer.js');
  return transformer({ vocabSize, contextLength, width, layers, heads });
}
