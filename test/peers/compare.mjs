// Tiltyard against PyTorch eager, TRL and transformers, interleaved in one run: same weights, same rows of
// real lengths, same threads, padded to the longest of a batch on their side. Losses must agree first.
//
// Usage: npm run build && PYTHON=python3 node test/peers/compare.mjs [options]
//   --only PART,...         of products, dpo, generation, ppo, memory, profile; default all
//   --sizes N,...           widths; default: 64,256 for dpo, ppo and profile, 256 for memory, else all four
//   --rounds N              of generation, ppo and products; default 5
//   --share X               of a DPO epoch at D64 that is timed, of a wider one as much less; default 1
//   --threads N             of each side; default 2
//   --contenders NAME,...   of eager, trl, bf16, compile in dpo; default all
//   --json FILE             everything that was measured
//   --from FILE             an earlier --json: what --only names is measured anew, without it nothing is
//   --report FILE           the page: reports/reference/performance.md
// Without an importable torch it says so and exits 0.
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { parseArgs } from 'node:util';
import { environment } from '../../dist/harness/environment.js';
import { MODELS, modelOf } from '../../dist/test/bench/sizes.js';
import { compareDpo, CONTENDERS } from './speed/dpo.mjs';
import { compareGeneration } from './speed/generation.mjs';
import { performancePage } from './speed/page.mjs';
import { compareMemory } from './speed/memory.mjs';
import { imports, python } from './speed/peer.mjs';
import { comparePpo } from './speed/ppo.mjs';
import { compareProducts } from './speed/products.mjs';
import { profileDpo } from './speed/profile.mjs';

const PARTS = ['products', 'dpo', 'generation', 'ppo', 'memory', 'profile'];
const text = (fallback) => ({ type: 'string', default: fallback });
const { values } = parseArgs({
  options: {
    only: { type: 'string' },
    sizes: { type: 'string' },
    rounds: text('5'),
    share: text('1'),
    threads: text(String(Math.min(2, availableParallelism()))),
    contenders: text(Object.keys(CONTENDERS).join(',')),
    json: { type: 'string' },
    from: { type: 'string' },
    report: { type: 'string' },
  },
});
const among = (list, known, what) => {
  const names = list.split(',');
  const wrong = names.find((name) => !known.includes(name));
  if (wrong === undefined) return names;
  console.error(`compare: unknown ${what} '${wrong}'; known: ${known.join(', ')}`);
  process.exit(2);
};

/** @param earlier what stays of an earlier run */
async function measured(earlier) {
  if (!imports('torch')) {
    console.log(`skipped: ${python} cannot import torch (set PYTHON)`);
    process.exit(0);
  }
  const parts = among(values.only ?? PARTS.join(','), PARTS, 'part');
  const contenders = among(values.contenders, Object.keys(CONTENDERS), 'contender').filter((kind) =>
    imports('torch', ...(CONTENDERS[kind].needs ?? [])),
  );
  const settings = {
    threads: Number(values.threads),
    rounds: Number(values.rounds),
    share: Number(values.share),
    contenders,
  };
  const models = (fallback) => (values.sizes?.split(',').map(Number) ?? fallback).map(modelOf);
  const all = MODELS.map(({ width }) => width);
  const began = performance.now();
  const log = (line) => console.error(`${((performance.now() - began) / 1000).toFixed(0)} s  ${line}`);
  const found = {
    environment: environment(),
    settings,
    seconds: 0,
    ...earlier,
    commands: [...(earlier?.commands ?? []), command()],
    load: [...(earlier?.load ?? []), loadavg()],
  };
  const hasTransformers = imports('transformers');
  const cases = {
    products: [models(all), (model) => compareProducts(model, settings, log)],
    dpo: [pairsOf(models([64, 256])), ([world, model]) => compareDpo(world, model, settings, log)],
    generation: [kindsOf(models(all)), ([model, kind]) => compareGeneration(model, kind, settings, log)],
    ppo: [models([64, 256]), (model) => comparePpo(model, settings, log)],
    memory: [models([256]), (model) => compareMemory('hh', model, settings, log)],
    profile: [pairsOf(models([64, 256])), ([world, model]) => profileDpo(world, model, settings, log)],
  };
  for (const part of parts) {
    if (!hasTransformers && (part === 'generation' || part === 'ppo')) {
      log(`${part} skipped: ${python} cannot import transformers`);
      continue;
    }
    const [items, compare] = cases[part];
    const results = [];
    for (const item of items) {
      results.push(await compare(item));
      found[part] = results;
      write(found); // what was measured outlives what comes after it
    }
  }
  found.load.push(loadavg());
  found.seconds += (performance.now() - began) / 1000;
  write(found);
  return found;
}

function write(found) {
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(found)}\n`);
}
const pairsOf = (models) => ['reviews', 'hh'].flatMap((world) => models.map((model) => [world, model]));
const kindsOf = (models) => ['full', 'ragged'].flatMap((kind) => models.map((model) => [model, kind]));
/** As it was called, but for where files lie. */
function command() {
  const isFile = (option) => ['--json', '--from', '--report'].includes(option);
  const given = process.argv.slice(2).filter((word, i, all) => !isFile(word) && !isFile(all[i - 1]));
  return ['node test/peers/compare.mjs', ...given].join(' ');
}

const earlier = values.from === undefined ? undefined : JSON.parse(readFileSync(values.from, 'utf8'));
const found = earlier === undefined || values.only !== undefined ? await measured(earlier) : earlier;
const page = performancePage(found);
console.log(page);
if (values.report !== undefined) writeFileSync(values.report, page);
process.exit(0);
