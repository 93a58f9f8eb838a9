/**
 * An experiment file on a table, whose runs take no time: a start, a reward, DPO and PPO.
 * @param parts lines of more stages, and of more behind everything
 */
export const onTable = (name: string, seeds: number, { stages = '', more = '' }): string => `name: ${name}
seeds: ${seeds}
dataset: { name: bandit, params: { arms: 4, contexts: 2, referenceSpread: 0.5 } }
policy: { kind: tabular }
collect: { pairs: 40, heldoutPairs: 20 }
stages:
  start: { algorithm: sft, params: { epochs: 0 } }
  reward: { algorithm: bt-reward, start: start, params: { epochs: 1, batchSize: 20 } }
  dpo: { algorithm: dpo, start: start, params: { epochs: 1, batchSize: 20 }, sweep: { beta: [0.1, 1] } }
  ppo: { algorithm: ppo-rlhf, start: start, reward: reward, params: { iterations: 2, missingEos: none } }
${stages}evaluation: { every: 0, prompts: 8, testPrompts: 8, proxy: reward }
${more}`;
