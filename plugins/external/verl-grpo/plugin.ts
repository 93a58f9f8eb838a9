import { defineExternal, type ParamsOf, parameters } from '../../../harness/index.js';
import { dryRunAdapter } from '../shared/dry-run.js';
import { groupRelative, rolloutProperties } from '../shared/rollouts.js';

const properties = {
  ...groupRelative,
  ...rolloutProperties({ batchSize: 8, groupSize: 8 }),
};

/** The parameters of this adapter. */
export type VerlParams = ParamsOf<typeof properties>;

/** verl's main_ppo with group advantages: a dry run, which writes its configuration (README.md). */
export default defineExternal({
  ...dryRunAdapter('verl', import.meta.url),
  name: 'verl-grpo',
  summary: 'Group Relative Policy Optimization by verl: a dry run that writes its configuration',
  paper: { url: 'https://arxiv.org/abs/2402.03300', equations: ['3', '4'] },
  needs: ['prompts', 'reference', 'reward'],
  gives: 'policy',
  params: parameters(properties),
});
