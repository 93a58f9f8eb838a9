import type { StageFacts } from '../store/spec.js';

/**
 * What a checkpoint decided about parameters that the file does not give, a sentence for each parameter; none
 * where it decided nothing.
 */
export function filledInWords(stages: Readonly<Record<string, StageFacts>>): string[] {
  const found = Object.entries(stages).flatMap(([stage, { filled }]) =>
    filled === undefined
      ? []
      : Object.entries(filled.values).map(([name, value]) => ({ stage, name, value, ...filled })),
  );
  const names = [...new Set(found.map(({ name }) => name))];
  return names.map((name) => {
    const mine = found.filter((one) => one.name === name);
    const size = mine[0]!.parameters.toLocaleString('en');
    const values = mine.map(({ stage, value }) => `${stage} ${value}`).join(', ');
    const why = `The file gives no ${name} here, so it is the default for a checkpoint of ${size} parameters`;
    return `${why}: ${values}`;
  });
}
