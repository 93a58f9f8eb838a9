import { preferenceAdapter } from '../shared/preferences.js';

/** TRL's DPOTrainer with its `sigmoid` loss (README.md). */
export default preferenceAdapter({
  name: 'trl-dpo',
  summary: "Direct Preference Optimization, trained outside by TRL's DPOTrainer",
  paper: { url: 'https://arxiv.org/abs/2305.18290', equations: ['7'] },
  lossType: 'sigmoid',
  beta: 'β: temperature of the implicit reward, weight of the KL to the reference',
  lossAtStart: () => Math.LN2,
});
