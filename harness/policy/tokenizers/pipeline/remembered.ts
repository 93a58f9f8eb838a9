/** Words longer than this come once. */
const LONGEST = 64;
/** Words that are kept at a time; a language has about as many that come often. */
const MOST = 50_000;

/** A function of words that keeps its results: most words of a text have come before. */
export function remembered<T>(make: (word: string) => T): (word: string) => T {
  const known = new Map<string, T>();
  return (word) => {
    if (word.length > LONGEST) return make(word);
    const before = known.get(word);
    if (before !== undefined) return before;
    const made = make(word);
    if (known.size >= MOST) known.clear();
    known.set(copied(word), made);
    return made;
  };
}

/** A word cut from a text would keep that whole text in memory. */
const copied = (word: string): string => Buffer.from(word, 'utf16le').toString('utf16le');
