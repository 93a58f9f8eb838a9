import type { External } from '../contracts/external.js';
import type { AlgorithmPlugin } from '../contracts/plugin.js';

/** What planning has to know of a plugin, and lists say of it. */
export type DescribedPlugin = Pick<
  AlgorithmPlugin,
  'name' | 'summary' | 'paper' | 'needs' | 'gives' | 'learnsFrom' | 'softLabels' | 'params' | 'draws'
> & {
  /** Present where it chooses its answers itself. */
  readonly sample?: unknown;
  /** Present where a command trains it. */
  readonly external?: Pick<External, 'files' | 'resumes' | 'requires'>;
};

/** What a plugin says of itself, in plain data. */
export interface Description {
  readonly plugin: Omit<DescribedPlugin, 'draws'>;
  readonly takesDraws: boolean;
  /** Of the parameters that were asked about; absent where none were. */
  readonly draws?: number;
}
