// Our sampling against transformers' `generate`: same weights, prompts and threads.
import { prepareGeneration, ROWS, SIZES } from '../../../dist/test/bench/generation.js';
import { nameOf } from '../../../dist/test/bench/sizes.js';
import { openPeer, timed, withFolder } from './peer.mjs';
import { median, mustAgree, ofMedians, pairedRatio } from './statistics.mjs';

/** @param kind `full`: every row runs to the bound; `ragged`: half of it is the mean length */
export async function compareGeneration(model, kind, { threads, rounds }, log) {
  const size = SIZES.find(({ width }) => width === model.width);
  const ours = prepareGeneration(size, kind === 'ragged', threads);
  const { prompt, completion } = size;
  const { prompts, ends } = ours;
  const spec = { ...size, padId: 0, time: prompt + completion, prompts, ends };
  const name = `${nameOf(model)} ${kind}`;
  try {
    return await withFolder({ spec }, ours.weights, async (folder) => {
      const peer = await openPeer('generate.py', folder, threads);
      // Their log-probabilities of our first samples: the same distribution on both sides.
      const { completions, logps } = await ours.generate(0);
      const own = completions.flatMap((row, i) => row.map((_, t) => logps.data[i * completion + t]));
      const gap = mustAgree(name, own, (await peer.ask('logps', completions)).flat(), 1e-3);
      await peer.ask('run', '0');
      const mine = [];
      const theirs = [];
      for (let round = 1; round <= rounds; round++) {
        const { result, ms, cpu } = await timed(() => ours.generate(round));
        mine.push({ ms, cpu, tokens: result.completions.flat().length });
        theirs.push(await peer.ask('run', String(round)));
      }
      peer.stop();
      log(`generation ${name}`);
      const perToken = (side, field) => side.map((round) => round[field] / round.tokens);
      const ratio = (field) => pairedRatio(perToken(theirs, field), perToken(mine, field), ofMedians, name);
      return {
        name,
        kind,
        rows: ROWS,
        shape: size,
        oursPerSecond: 1000 / median(perToken(mine, 'ms')),
        theirsPerSecond: 1000 / median(perToken(theirs, 'ms')),
        wall: ratio('ms'),
        cpu: ratio('cpu'),
        gap,
        versions: peer.versions,
        rounds: { ours: mine, transformers: theirs },
      };
    });
  } finally {
    ours.dispose();
  }
}
