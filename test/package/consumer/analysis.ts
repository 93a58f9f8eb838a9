import { type AnalysisRow, decided, defineAnalysis } from 'tiltyard';

/** How often a fair coin shows heads: every kind of row once. */
export default defineAnalysis({
  parts: [
    {
      id: 'coin',
      run(rng): AnalysisRow[] {
        const tosses = Array.from({ length: 1000 }, () => (rng.bernoulli(0.5) ? 1 : 0));
        const share = tosses.reduce<number>((sum, toss) => sum + toss, 0) / tosses.length;
        return [
          {
            type: 'claim',
            id: 'coin',
            claim: 'A fair coin shows heads half the time.',
            scenario: '1,000 tosses',
            statistic: 'distance of the share of heads from a half',
            value: Math.abs(share - 0.5),
            ci: null,
            threshold: 'at most .1',
            n: tosses.length,
            verdict: decided('below', 0.1, Math.abs(share - 0.5)),
            reported: null,
            figure: null,
          },
          {
            type: 'table',
            id: 'tosses',
            title: 'Tosses',
            reading: 'How many.',
            columns: ['n'],
            rows: [[1000]],
          },
        ];
      },
    },
  ],
});
