import type { Part } from '../part.js';
import { dpoPart } from './dpo.js';
import { evaluationPart } from './evaluation.js';
import { generationPart } from './generation.js';
import { planningPart } from './planning.js';
import { ppoPart } from './ppo.js';
import { productsPart } from './products.js';
import { reportPart } from './report.js';
import { rewardPart } from './reward.js';
import { sftPart } from './sft.js';
import { coldPart, warmPart } from './start-up.js';

/** What `npm run bench` times, in this order. */
export const PARTS: readonly Part[] = [
  productsPart,
  dpoPart,
  sftPart,
  ppoPart,
  generationPart,
  rewardPart,
  evaluationPart,
  coldPart,
  warmPart,
  planningPart,
  reportPart,
];
