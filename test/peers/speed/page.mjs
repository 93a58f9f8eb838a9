// reports/reference/performance.md, from what a comparison found.
import { barsOf, basisOf } from './bars.mjs';
import { geometricMean, sum } from './statistics.mjs';

const table = (head, rows) =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');
const shown = (x) => x.toFixed(x >= 100 ? 0 : x >= 10 ? 1 : 2);
/** A paragraph as one line. */
const prose = (text) => text.trim().replaceAll('\n', ' ');
const ratioText = ({ ratio, interval: [low, high] }) =>
  `${ratio.toFixed(2)} [${low.toFixed(2)}, ${high.toFixed(2)}]`;
const mib = (bytes) => (bytes === undefined ? '' : (bytes / 2 ** 20).toFixed(0));

const SECTIONS = { products, dpo, generation, ppo, memory, profile };

/** @param found what compare.mjs writes as JSON */
export function performancePage(found) {
  const sections = Object.entries(SECTIONS).flatMap(([name, write]) =>
    found[name] === undefined ? [] : [write(found[name], found)],
  );
  return `${[head(found), bars(found), ...sections].join('\n\n')}\n`;
}

function head({ environment: e, settings, load, commands, seconds, dpo, generation, ppo }) {
  const peers = [dpo?.flatMap((each) => each.peers), generation, ppo].flatMap((some) => some ?? []);
  const versions = Object.entries(Object.assign({ ...e.versions }, ...peers.map((peer) => peer.versions)));
  const loads = load.map(([oneMinute]) => oneMinute.toFixed(1)).join(', ');
  const isLoaded = basisOf({ load, settings }) === 'cpu';
  const took = ` in ${(seconds / 60).toFixed(0)} minutes`;
  const commit = e.gitCommit === null ? '' : `; commit ${e.gitCommit.slice(0, 7)}`;
  return `# Performance

${prose(`
Written by ${commands.map((each) => `\`${each}\``).join(', then ')}${took}. ${e.cpuModel}, ${e.cores} cores,
${(e.memoryBytes / 2 ** 30).toFixed(1)} GiB, ${e.platform}; Node ${e.nodeVersion},
${versions.map(([name, version]) => `${name} ${version}`).join(', ')}${commit}.
${settings.threads === 1 ? 'One thread' : `${settings.threads} threads`} a side,
float32 unless said.
${
  isLoaded
    ? `**Other work ran on the machine meanwhile** (load before and after: ${loads},
on ${e.cores} cores), so bars are judged by CPU seconds of both sides; wall time, which then depends on who
else waits for a processor, stands beside.`
    : `Load before and after: ${loads}.`
}`)}

${prose(`
A ratio is their time over ours, more than 1 where Tiltyard is faster, from rounds that took turns, with a
95 % interval from resampling rounds. Both sides have the same weights and the same rows; theirs are padded to
the longest of a batch. Nothing is compared whose losses differ.`)}`;
}

function bars(found) {
  const rows = barsOf(found).map(({ what, wanted, measured, met }) => [
    what,
    wanted,
    measured,
    met ? 'met' : '**missed**',
  ]);
  return `## Bars

${table(['bar', 'wanted', 'measured', ''], rows)}`;
}

function products(all) {
  const rows = all.map((each) => [
    each.name,
    each.shapes.join(', '),
    `${shown(each.ours)} (${shown(each.oursBest)})`,
    `${shown(each.theirs)} (${shown(each.theirsBest)})`,
    ratioText(each),
  ]);
  return `## Matrix products

GFLOP/s of the products of one block, forward: the median and, in brackets, the best round.

${table(['size', 'shapes', 'onnxruntime', 'PyTorch', 'ratio'], rows)}`;
}

function dpo(all, found) {
  const basis = basisOf(found);
  const kinds = all[0].peers.map(({ kind }) => kind);
  const of = (each, kind) => each.peers.find((peer) => peer.kind === kind);
  const seconds = ({ ours }) => shown(basis === 'cpu' ? ours.cpu : ours.ms / 1000);
  const rows = all.map((each) => [
    each.name,
    each.pairs,
    seconds(each),
    ...kinds.map((kind) => ratioText(of(each, kind)[basis])),
  ]);
  const alone = all.map((each) => [
    each.name,
    ...kinds.map((kind) => ratioText(of(each, kind).stepsAlone[basis])),
  ]);
  const wall = all.map((each) => [each.name, ...kinds.map((kind) => ratioText(of(each, kind).wall))]);
  const means = (pick) =>
    kinds.map((kind) => shown(geometricMean(all.map((each) => pick(of(each, kind)).ratio))));
  const gap = Math.max(
    ...all.flatMap(({ peers }) => peers.filter(({ kind }) => kind !== 'bf16').map((p) => p.gap)),
  );
  const unit = basis === 'cpu' ? 'CPU s' : 's';
  const head = ['rows and size', ...kinds];
  const meanRow = (pick, ...more) => ['geometric mean', ...more, ...means(pick)];
  const unjudged = `

The epoch in wall time:

${table(head, [...wall, meanRow((peer) => peer.wall)])}`;
  return `## A DPO epoch

${prose(`
\`reviews\`: pairs of the world's corpus, prompts of about 11 and completions of about 13 tokens, 16 a step.
\`hh\`: 500 pairs as long as those of HH-RLHF in tokens of a small vocabulary, prompts up to 256 (mean 132)
and completions up to 128 (means 50 and 60), 20 a step. An epoch is the reference's log-probabilities of every
pair, once, and then every step (of as many pairs as the table says): packing or padding, forward, backward,
clipping, AdamW. \`eager\`:
scaled_dot_product_attention, logits at completion positions alone, cross_entropy, fused AdamW. \`trl\`:
DPOTrainer in float32 without gradient checkpointing, which runs its reference in every step. \`bf16\`: eager
under autocast. \`compile\`: eager through torch.compile, compiled beforehand. The last two were timed in two
of five parts. Losses of the first steps agree to ${gap.toExponential(0)} in float32.`)}

${table(
  ['rows and size', 'pairs', `ours, ${unit}`, ...kinds],
  [...rows, meanRow((peer) => peer[basis], '', '')],
)}

The steps alone, the reference's log-probabilities known:

${table(head, [...alone, meanRow((peer) => peer.stepsAlone[basis])])}${basis === 'wall' ? '' : unjudged}`;
}

function generation(all, found) {
  const basis = basisOf(found);
  const rows = all.map((each) => [
    each.name,
    `${each.shape.prompt / 2} to ${each.shape.prompt}, ${each.shape.completion}`,
    Math.round(each.oursPerSecond),
    Math.round(each.theirsPerSecond),
    ratioText(each.wall),
    ratioText(each.cpu),
  ]);
  const mean = (kind) => {
    const ratios = all.filter((each) => each.kind === kind).map((each) => each[basis].ratio);
    return ratios.length === 0 ? 'not measured' : shown(geometricMean(ratios));
  };
  return `## Generation

${prose(`
64 prompts, temperature 1, the whole distribution, against \`transformers.generate\` with its cache.
\`full\`: every row runs to the bound; \`ragged\`: half of it is a row's mean length. Geometric means: full
${mean('full')}, ragged ${mean('ragged')}.`)}

${table(['size', 'tokens of prompts, bound', 'ours, tokens/s', 'theirs', 'ratio', 'of CPU seconds'], rows)}`;
}

function ppo(all) {
  const rows = all.map((each) => [
    each.name,
    shown(each.oursMs),
    shown(each.theirsMs),
    ratioText(each.wall),
    ratioText(each.cpu),
  ]);
  return `## A PPO iteration

${prose(`
64 rollouts on \`reviews\` (up to 26 tokens), rewards, values and log-probabilities, then four passes over
four minibatches, policy and value networks apart; theirs draws with \`transformers.generate\` and updates as
\`eager\` above.`)}

${table(['size', 'ours, ms', 'theirs, ms', 'ratio', 'of CPU seconds'], rows)}`;
}

function memory(all) {
  const row = (what, { ours, eager, trl } = {}) =>
    ours === undefined ? [] : [[what, mib(ours), mib(eager), mib(trl)]];
  const rows = all.flatMap(({ name, known, computed }) => [
    ...row(`${name}, steps`, known),
    ...row(`${name}, with the reference's pass before`, computed),
  ]);
  return `## Peak memory

Largest resident size of a process of its own that takes ${all[0].steps} DPO steps, libraries included, MiB.

${table(['rows and size', 'ours', 'eager', 'trl'], rows)}`;
}

function profile(all) {
  const percent = (share) => (100 * share).toFixed(1);
  const ops = [...new Set(all.flatMap(({ operators }) => operators.slice(0, 8).map(({ key }) => key)))];
  const shareOf = ({ operators }, op) => operators.find(({ key }) => key === op)?.share ?? 0;
  const total = (op) => sum(all.map((each) => shareOf(each, op)));
  const rows = ops
    .sort((a, b) => total(b) - total(a))
    .map((op) => [op, ...all.map((each) => percent(shareOf(each, op)))]);
  const fill = all.map(({ name, tokens, rows: computed, scores, ms }) => [
    name,
    shown(ms),
    Math.round(tokens),
    `${Math.round(computed)} (${percent(tokens / computed)} %)`,
    `${percent(scores)} %`,
  ]);
  const nodes = all.map(
    ({ name, nodes: shares }) =>
      `${name}: ${shares
        .slice(0, 8)
        .map(({ key, share }) => `${percent(share)} % \`${key}\``)
        .join('; ')}.`,
  );
  return `## Where a DPO step's time goes

${prose(`
What of a step's rows is tokens, as linear layers compute every row; and what of attention's scores is of two
tokens of a row, as blocks are padded. Milliseconds are the sum of each operator's least time over the steps
that were profiled.`)}

${table(['rows and size', 'ms', 'tokens a step', 'rows computed', 'scores of tokens'], fill)}

Percent of that time by onnxruntime's operator:

${table(['operator', ...all.map(({ name }) => name)], rows)}

The largest groups of equal shapes:

${nodes.map((line) => `- ${line}`).join('\n')}`;
}
