// What is wanted of each comparison (issue 14), and whether it is so.
import { geometricMean } from './statistics.mjs';

/** Times PyTorch's and TRL's that a DPO epoch must be as fast, by who made the processor. */
const EPOCH = { AMD: { eager: 2, trl: 5 }, Intel: { eager: 1.5, trl: 4 } };

/** CPU seconds where other work ran meanwhile: waiting for a processor is no one's speed. Else wall time. */
export const basisOf = ({ load, settings }) =>
  Math.max(...load.map(([oneMinute]) => oneMinute)) > settings.threads + 1.5 ? 'cpu' : 'wall';

/** @returns {what, wanted, measured, met} each */
export function barsOf(found) {
  const basis = basisOf(found);
  const maker = /AMD/.test(found.environment.cpuModel) ? 'AMD' : 'Intel';
  const bars = [];
  const atLeast = (what, wanted, measured) =>
    bars.push({ what, wanted: `at least ${wanted}`, measured: measured.toFixed(2), met: measured >= wanted });
  for (const [kind, wanted] of Object.entries(EPOCH[maker])) {
    const ratios = (found.dpo ?? []).flatMap(({ peers }) =>
      peers.flatMap((peer) => (peer.kind === kind ? [peer[basis].ratio] : [])),
    );
    const against = kind === 'trl' ? "TRL's DPOTrainer" : 'PyTorch eager';
    if (ratios.length > 0) {
      atLeast(
        `DPO epoch against ${against}, geometric mean of ${ratios.length}`,
        wanted,
        geometricMean(ratios),
      );
    }
  }
  const full = (found.generation ?? [])
    .filter(({ kind }) => kind === 'full')
    .map((each) => each[basis].ratio);
  if (full.length > 0) {
    atLeast(`generation, batch 64, geometric mean of ${full.length} sizes`, 4, geometricMean(full));
    atLeast('generation, batch 64, the least', 2, Math.min(...full));
  }
  for (const each of found.ppo ?? []) atLeast(`PPO iteration, ${each.name}`, 3, each[basis].ratio);
  for (const { name, known } of found.memory ?? []) {
    const measured = known.ours / known.eager;
    const what = `peak memory of a DPO step, ${name}, of PyTorch's`;
    bars.push({ what, wanted: 'at most 1', measured: measured.toFixed(2), met: measured <= 1 });
  }
  return bars;
}
