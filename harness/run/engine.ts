import type { Experiment } from '../store/experiment.js';
import { TiltyardError } from '../errors.js';
import type { RunSpec } from '../store/spec.js';

/**
 * Engine and device are part of a run's identity, so they are settled once, before planning, for every run of
 * an experiment.
 * @throws TiltyardError where the engine does not work here
 */
export async function settleEngine(wanted: Experiment['engine']): Promise<RunSpec['engine']> {
  // Late: it loads TensorFlow.js, which takes half a second that refused input need not wait.
  const { createEngine } = await import('../engine/select.js');
  const engine = await createEngine(wanted);
  const { name, device } = engine;
  engine.dispose();
  if (name === wanted.name && wanted.device !== null) return wanted;
  return { ...wanted, name, device: name === 'onnxruntime' ? device : null };
}

/**
 * The same for runs that other machines make: this one cannot tell what they have.
 * @param wantsCards whether runs ask for cards
 * @throws TiltyardError where they do and nothing says which device is meant
 */
export function engineElsewhere(
  wanted: Experiment['engine'],
  wantsCards: boolean,
  source: string,
): Promise<RunSpec['engine']> {
  if (wanted.name !== 'auto' && wanted.device !== null) return Promise.resolve(wanted);
  if (!wantsCards) return settleEngine(wanted);
  const why = 'resources ask for gpus, and what the nodes have cannot be told from this machine';
  const remedy = 'say engine.name and engine.device, e.g. onnxruntime and cuda';
  throw new TiltyardError('engine-elsewhere', `${source}: ${why}; ${remedy}`);
}

/**
 * Holds a folder that is gone on with to the device that its runs were planned for: were it away, each of
 * them would fail in turn, for good.
 * @param waiting runs that are to be made
 * @throws TiltyardError where it does not work here
 */
export async function requireDevice(
  dir: string,
  waiting: readonly { readonly spec: Pick<RunSpec, 'engine'> }[],
): Promise<void> {
  const engine = waiting.find(({ spec }) => spec.engine.device !== null && spec.engine.device !== 'cpu')?.spec
    .engine;
  if (engine === undefined) return;
  try {
    await settleEngine(engine);
  } catch (error) {
    if (!(error instanceof TiltyardError)) throw error;
    const why = error.message.replace(/; use --engine auto .*$/, '');
    throw new TiltyardError(
      error.code,
      `${dir}: its runs were planned for ${engine.device}: ${why}; go on where it works, or begin anew`,
    );
  }
}
