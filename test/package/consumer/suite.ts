import { defineSuite, finished, type EvalRow, readJsonl, runPaths } from 'tiltyard';

/** One member, and how many evaluations its finished runs have. */
export default defineSuite({
  profiles: ['quick'],
  members: () => ({
    arms: {
      seeds: 1,
      dataset: { name: 'bandit' },
      policy: { kind: 'tabular' },
      collect: { from: null, pairs: 64, heldoutPairs: 8 },
      stages: { dpo: { algorithm: 'dpo', params: { epochs: 1 } } },
    },
  }),
  decide: (members) => {
    const runs = [...members.values()].flat().filter(finished);
    const rows = runs.flatMap(({ dir }) => readJsonl<EvalRow>(runPaths(dir).evals));
    const count = rows.filter(({ split }) => split === 'test').length;
    return [
      {
        type: 'table',
        id: 'rows',
        title: 'Evaluations',
        reading: 'On test.',
        columns: ['n'],
        rows: [[count]],
      },
    ];
  },
});
