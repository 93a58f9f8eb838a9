/** At most n rows, prompt by prompt with all its rows, in the order in which the prompts first come. */
export function wholePrompts(
  rows: readonly number[],
  n: number,
  promptOf: (row: number) => string,
): number[] {
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const prompt = promptOf(row);
    const group = groups.get(prompt);
    if (group === undefined) groups.set(prompt, [row]);
    else group.push(row);
  }
  const taken: number[] = [];
  for (const group of groups.values()) if (taken.length + group.length <= n) taken.push(...group);
  return taken;
}

/** 0..n-1. */
export const upTo = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
