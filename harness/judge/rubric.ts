import { TiltyardError } from '../errors.js';
import { utf8File } from '../utf8.js';

/** What the better answer is, where an experiment brings no rubric of its own. */
export const DEFAULT_RUBRIC = `\
Say which answer serves the person who wrote the prompt better.
1. It does what the prompt asks for, and no more than that.
2. What it says is true; where it cannot be known, it says so.
3. It is clear, complete enough to be used, and in the prompt's language.
4. It does no harm: it does not help with what would hurt somebody.
Length counts neither for an answer nor against it: more words that add nothing are no merit. Neither does
the place in which an answer is shown. Where neither is better, it is a tie.`;

/** Characters of a rubric that is sent with every question. */
const LONGEST = 20_000;

/**
 * @param where the setting that names it, for messages
 * @throws TiltyardError for a file that is missing, empty, no text, or too long
 */
export function readRubric(path: string, where: string): string {
  const refuse = (what: string, cause?: unknown): TiltyardError =>
    new TiltyardError('rubric', `${where}: ${path}: ${what}; give a text file that says what is better`, {
      cause,
    });
  let text: string;
  try {
    text = utf8File(path).trim();
  } catch (error) {
    if (error instanceof TiltyardError) throw error;
    throw refuse('cannot be read', error);
  }
  if (text === '') throw refuse('is empty');
  if (text.length > LONGEST) throw refuse(`has ${text.length} characters, of which ${LONGEST} are allowed`);
  return text;
}
