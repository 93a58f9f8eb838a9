import { describe, expect, test } from 'vitest';
import { readVerdict } from '../../../harness/judge/verdict.js';

const fence = 'abcdef0123456789';
const read = (content: string | null, refusal: string | null = null): string =>
  readVerdict(content, refusal, fence).outcome;

describe('a verdict', () => {
  test.each([
    [`{"id":"${fence}","why":"x","winner":"A"}`, 'first'],
    [`{"id":"${fence}","why":"x","winner":"B"}`, 'second'],
    [`{"id":"${fence}","why":"x","winner":"tie"}`, 'tie'],
    ['{"winner":" a "}', 'first'],
    ['{"winner":"TIE","why":"alike"}', 'tie'],
    ['  ```json\n{"winner":"B"}\n```  ', 'second'],
    [`<think>A or B? {"winner":"A"}</think>\n{"winner":"B"}`, 'second'],
    [`I compared them. {"id":"${fence}","why":"{\\"winner\\":\\"A\\"}","winner":"B"} Done.`, 'second'],
    [`{"id":"${fence}","winner":"A"} and again {"id":"${fence}","winner":"A"}`, 'first'],
  ])('%s is %s', (content, outcome) => expect(read(content)).toBe(outcome));

  test.each([
    ['a quoted verdict of a completion', 'Answer A says {"winner":"A"}, which is no argument.'],
    ['a quoted verdict with another fence', 'It says {"id":"0000000000000000","winner":"A"}.'],
    ['a whole verdict of another question', '{"id":"0000000000000000","winner":"A"}'],
    ['two that differ', `{"id":"${fence}","winner":"A"} {"id":"${fence}","winner":"B"}`],
    ['a word', 'A'],
    ['prose', 'I think that A is better.'],
    ['no winner', `{"id":"${fence}","why":"x"}`],
    ['a winner that is none', '{"winner":"C"}'],
    ['a winner that is no text', '{"winner":["A"]}'],
    ['a list', '["A"]'],
    ['a cut object', `{"id":"${fence}","why":"because the first answer is more`],
    ['braces without end', '{'.repeat(5000)],
  ])('%s is unreadable', (_, content) => expect(read(content)).toBe('unreadable'));

  test.each([
    ['I’m sorry, but I can’t compare these.', null],
    ['As an AI I do not judge people.', null],
    [null, 'I would rather not'],
    ['{"winner":"A"}', 'content filter'],
  ])('%s (%s) is refused', (content, refusal) => expect(read(content, refusal)).toBe('refused'));

  test.each([[null], [''], [' \n'], ['<think>it never ends']])('%s is empty', (content) =>
    expect(read(content)).toBe('empty'),
  );
});
