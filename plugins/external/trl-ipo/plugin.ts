import { preferenceAdapter } from '../shared/preferences.js';

/** TRL's DPOTrainer with its `ipo` loss, on log-probabilities averaged over tokens (README.md). */
export default preferenceAdapter({
  name: 'trl-ipo',
  summary: "Identity Preference Optimization, trained outside by TRL's DPOTrainer",
  paper: { url: 'https://arxiv.org/abs/2310.12036', equations: ['17'] },
  lossType: 'ipo',
  beta: 'τ of the paper: the log-ratio gap per token is drawn to 1/(2τ)',
  lossAtStart: ({ beta }) => 1 / (4 * beta ** 2),
});
