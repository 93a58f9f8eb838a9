import { defineExternal, parameters } from '../../../harness/index.js';
import { dryRunAdapter } from '../shared/dry-run.js';
import { preferenceProperties } from '../shared/preferences.js';

/** OpenRLHF's train_dpo: a dry run, which writes its command and its data (README.md). */
export default defineExternal({
  ...dryRunAdapter('OpenRLHF', import.meta.url),
  name: 'openrlhf-dpo',
  summary: 'Direct Preference Optimization by OpenRLHF: a dry run that writes its command',
  paper: { url: 'https://arxiv.org/abs/2305.18290', equations: ['7'] },
  needs: ['pairs', 'reference'],
  gives: 'policy',
  params: parameters(
    preferenceProperties('β: temperature of the implicit reward, weight of the KL to the reference'),
  ),
});
