import dpo from '../../../plugins/dpo/plugin.js';
import type { NetworkModule } from '../../../harness/policy/module.js';
import { TokenData } from '../../../harness/worker/data.js';
import { Evaluator } from '../../../harness/worker/evaluate/evaluator.js';
import { policySubject } from '../../../harness/worker/evaluate/policy.js';
import { evaluationRng } from '../../../harness/worker/evaluate/streams.js';
import type { Part } from '../part.js';
import { openTrial } from '../trial.js';
import { reviewsDataset, reviewsWorld } from '../worlds.js';

const PROMPTS = 96;

export const evaluationPart: Part = {
  name: 'evaluation',
  what: `evaluation on ${PROMPTS} validation prompts of reviews, the start's rewards known`,
  perSize: true,
  rounds: 5,
  async prepare(setting, model) {
    const { bench, dispose } = await openTrial(dpo, reviewsWorld(model), {}, setting);
    const { policy, meter } = bench;
    const models = {
      policy,
      reference: bench.ctx.reference as NetworkModule,
      hasStart: true,
      reward: null,
      judge: null,
      chooser: null,
    };
    const dataset = reviewsDataset();
    const data = new TokenData(dataset);
    const evaluator = new Evaluator(data, models, policySubject(policy), meter, evaluationRng(0));
    const prompts = dataset.prompts('validation').slice(0, PROMPTS);
    await evaluator.prepare(prompts, 1, 'validation');
    let tokens = 0;
    return {
      async run() {
        const { rows } = await evaluator.evaluate(prompts, 1, 'validation');
        tokens = rows.reduce((sum, row) => sum + row.tokens, 0);
        return undefined;
      },
      work: () => ({ amount: tokens, unit: 'token' }),
      dispose,
    };
  },
};
