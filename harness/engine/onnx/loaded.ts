import type { Session } from './session.js';

interface Loaded {
  readonly session: Session;
  /** Which program it stands for, with feeds of which shapes. */
  readonly place: string;
  /** Whether a program of this run has it. */
  used: boolean;
}

/**
 * Graphs that are loaded, by what they are. Weights are inputs, so programs that come to the same graph share
 * it, those of a later run too. What is kept for a later run is what the last one used, and it gives way
 * where another graph takes its place: a session holds the memory of its intermediate values, and a run
 * should hold no more of it than in a process of its own.
 */
export class LoadedGraphs {
  private readonly loaded = new Map<string, Loaded>();

  /** @param hash of the graph @param load called where it is not loaded */
  get(hash: string, place: string, load: () => Session): Session {
    let found = this.loaded.get(hash);
    if (found === undefined) {
      this.drop((other) => !other.used && other.place === place);
      found = { session: load(), place, used: true };
      this.loaded.set(hash, found);
    }
    found.used = true;
    return found.session;
  }

  /** A run has ended: what it did not use goes, what it used is kept for the next. */
  rest(): void {
    this.drop(({ used }) => !used);
    for (const loaded of this.loaded.values()) {
      loaded.session.unbind();
      loaded.used = false;
    }
  }

  dispose(): void {
    this.drop(() => true);
  }

  private drop(goes: (loaded: Loaded) => boolean): void {
    for (const [hash, loaded] of this.loaded) {
      if (!goes(loaded)) continue;
      loaded.session.dispose();
      this.loaded.delete(hash);
    }
  }
}
