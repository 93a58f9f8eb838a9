import { fileURLToPath } from 'node:url';
import {
  type AlgorithmPlugin,
  defineExternal,
  number,
  type ParamsOf,
  parameters,
} from '../../../harness/index.js';
import { optimizerProperties } from '../../shared/optimizer.js';
import { epochProperties } from '../../shared/pair-plugin.js';
import { trlAdapter } from './trl.js';

/** The words of Tiltyard's own losses on pairs, so that both take the same parameters. */
export const preferenceProperties = (beta: string) => ({
  beta: number({
    above: 0,
    default: 0.1,
    role: { kind: 'strength', holdsBack: 'larger' },
    description: beta,
  }),
  ...epochProperties,
  ...optimizerProperties(3e-4),
});

/** Parameters of an adapter of DPOTrainer. */
export type PreferenceParams = ParamsOf<ReturnType<typeof preferenceProperties>>;

/** What differs between losses of DPOTrainer. */
export interface PreferenceAdapter extends Pick<AlgorithmPlugin, 'name' | 'summary' | 'paper'> {
  /** TRL's name of the loss. */
  readonly lossType: string;
  /** What beta means to it. */
  readonly beta: string;
  /** The loss of every pair while policy and reference are equal. */
  readonly lossAtStart: (params: Readonly<PreferenceParams>) => number;
}

/** TRL's DPOTrainer with one of its losses. */
export function preferenceAdapter({
  lossType,
  beta,
  lossAtStart,
  ...about
}: PreferenceAdapter): AlgorithmPlugin<PreferenceParams> {
  const { command, ...adapter } = trlAdapter(fileURLToPath(new URL('preferences.py', import.meta.url)));
  return defineExternal<PreferenceParams>({
    ...about,
    ...adapter,
    needs: ['pairs', 'reference'],
    gives: 'policy',
    params: parameters(preferenceProperties(beta)),
    atStart: (params) => ({ loss: lossAtStart(params), 'rewards/margins': 0 }),
    command(job) {
      const { args, ...rest } = command(job);
      return { ...rest, args: [...args, lossType] };
    },
  });
}
