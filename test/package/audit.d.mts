export function audit(root: string, ...flags: readonly string[]): Promise<readonly string[] | null>;
