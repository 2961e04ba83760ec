import { describe, expect, it } from 'vitest';
import { goFunctions } from '../../../cli/drift/go-functions.ts';

const file = `package task

import "fmt"

// Start starts.
func (s *service) Start(ctx context.Context) error {
	if s == nil { // a brace: }
		return fmt.Errorf("no } here: %c", '}')
	}
	text := \`func (s *service) Fake() {
}\`
	return nil
}

func New[T any](
	name string,
) (*list[T], error) {
	return nil, nil
}

func (l *list[T]) len() int { return 0 }

func assembled(x int) int
`;

/** The hash of the one function of a text. */
function hashOf(body: string): string | undefined {
  return goFunctions(`package a\n\nfunc f() {\n${body}\n}\n`)[0]?.hash;
}

describe('goFunctions', () => {
  it('finds functions and methods with their lines, and no brace within strings and comments', () => {
    expect(goFunctions(file).map(({ name, from, to }) => `${name} ${from}-${to}`)).toEqual([
      'service.Start 6-13',
      'New 15-19',
      'list.len 21-21',
    ]);
  });

  it('takes comments and white space for nothing, and what a string holds for something', () => {
    const plain = hashOf('\ta := "x"\n\tsend(a)');
    expect(hashOf('\t// Why.\n\n\ta   := "x" /* x */\n\tsend(a)')).toBe(plain);
    expect(hashOf('\ta := "x "\n\tsend(a)')).not.toBe(plain);
    expect(hashOf('\tsend(a)\n\ta := "x"')).not.toBe(plain);
    expect(hashOf('\ta := "// x"')).not.toBe(hashOf('\ta := "// y"'));
    expect(hashOf('\ta := "  "')).not.toBe(hashOf('\ta := " "'));
  });

  it.each([
    ['', 'no package clause'],
    ['hello', 'no package clause'],
    [
      'package a\n\nfunc f() {\n\tif x {\n}\n',
      'line 3 begins a function that does not end as gofmt writes it',
    ],
  ])('refuses %j', (text, message) => {
    expect(() => goFunctions(text)).toThrow(message);
  });
});
