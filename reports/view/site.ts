import type { ServerResponse } from 'node:http';

/** What is served of a folder. */
export interface Site {
  /** @param path from this site's own root, beginning with / */
  route(path: string, response: ServerResponse): Promise<void>;
  /** Looks at the files, and tells those who listen what is new. */
  poll(): void;
  hangUp(): void;
}

/** A piece of a path in clear. A piece with a broken percent sign names nothing. */
export function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return '';
  }
}
