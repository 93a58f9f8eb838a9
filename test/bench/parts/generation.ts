import { prepareGeneration, ROWS, SIZES } from '../generation.js';
import type { Part } from '../part.js';

export const generationPart: Part = {
  name: 'generation',
  what: `samples of ${ROWS} prompts, full support, to their bound`,
  perSize: true,
  rounds: 5,
  async prepare(setting, model) {
    const { device, threads } = setting;
    const size = SIZES.find(({ width }) => width === model.width)!;
    const { generate, dispose } = prepareGeneration(size, false, threads, { device });
    let drawn = 0;
    let seed = 0;
    return {
      async run() {
        const { completions } = await generate(seed++);
        drawn = completions.reduce((sum, tokens) => sum + tokens.length, 0);
        return undefined;
      },
      work: () => ({ amount: drawn, unit: 'token' }),
      dispose: async () => dispose(),
    };
  },
};
