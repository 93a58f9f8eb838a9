import { fileURLToPath } from 'node:url';
import { defineExternal, number, parameters } from '../../../harness/index.js';
import { optimizerProperties } from '../../shared/optimizer.js';
import { epochProperties } from '../../shared/pair-plugin.js';
import { trlAdapter } from '../shared/trl.js';

/** TRL's RewardTrainer (README.md). */
export default defineExternal({
  ...trlAdapter(fileURLToPath(new URL('train.py', import.meta.url))),
  name: 'trl-reward',
  summary: "Bradley-Terry reward model, trained outside by TRL's RewardTrainer",
  paper: { url: 'https://arxiv.org/abs/2203.02155', equations: ['1'] },
  needs: ['pairs'],
  gives: 'reward',
  params: parameters({
    centering: number({ min: 0, default: 0, description: 'Weight of the squared sum of both rewards' }),
    ...epochProperties,
    ...optimizerProperties(1e-3),
  }),
});
